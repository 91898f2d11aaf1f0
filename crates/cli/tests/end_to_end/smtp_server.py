"""An SMTP server for a test: takes mail and prints it. `never…` is refused for good, `later…` the first time."""

import email
import email.policy
import sys
import threading

from aiosmtpd.controller import Controller


class Handler:
    def __init__(self):
        self.asked = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("never"):
            return "550 there is no such mailbox"
        if address.startswith("later") and address not in self.asked:
            self.asked.add(address)
            return "451 not now"
        envelope.rcpt_tos.append(address)
        return "250 good"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        print("TO", " ".join(envelope.rcpt_tos))
        print("SUBJECT", mail["Subject"])
        print("ID", mail["Message-ID"])
        print(mail.get_content())
        print("END", flush=True)
        return "250 taken"


controller = Controller(Handler(), hostname="127.0.0.1", port=int(sys.argv[1]))
controller.start()
print("READY", flush=True)
threading.Event().wait()
