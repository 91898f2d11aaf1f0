//! The names in a certificate that a caller has shown, and for how long it is good.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::EndEntityCert;

use super::Encryption;

/// A certificate is asked about again after so long: it may have expired, or its authority be trusted no more.
const ASKED_EVERY: Duration = Duration::from_secs(10);

/// By what a certificate says who its holder is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names {
    /// The one URI that it has, where it has one and no more: a SPIFFE id is alone.
    pub(crate) uri: Option<String>,
    /// Its DNS names.
    pub(crate) dns: Vec<String>,
}

/// A certificate that the other end of a connection has shown, and has the key of.
pub(crate) struct Certified {
    pub(crate) names: Names,
    chain: Vec<CertificateDer<'static>>,
    encryption: Arc<Encryption>,
    shown_at: Instant,
    /// Until when it need not be asked about again, in milliseconds since it was shown; 0: it has not been asked about, or
    /// was found not to be good.
    good_until: AtomicU64,
}

impl fmt::Debug for Certified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certified").field("names", &self.names).finish_non_exhaustive()
    }
}

impl Certified {
    /// The certificate that a connection has shown; none where it cannot be read. It is asked about with the first call: a
    /// connection that goes on from an earlier one has shown it there, and it may have expired since.
    pub(crate) fn of(chain: &[CertificateDer<'_>], encryption: &Arc<Encryption>) -> Option<Self> {
        let chain: Vec<_> = chain.iter().map(|one| one.clone().into_owned()).collect();
        let names = Names::of(chain.first()?)?;
        let (encryption, shown_at) = (Arc::clone(encryption), Instant::now());
        Some(Self { names, chain, encryption, shown_at, good_until: AtomicU64::new(0) })
    }

    /// Whether it is still good: not expired, and of an authority that is trusted now.
    pub(crate) fn is_good(&self) -> bool {
        let now = millis(self.shown_at.elapsed());
        if now < self.good_until.load(Ordering::Relaxed) {
            return true;
        }
        let is_good = self.is_verified();
        let until = if is_good { now.saturating_add(millis(ASKED_EVERY)) } else { 0 };
        self.good_until.store(until, Ordering::Relaxed);
        is_good
    }

    fn is_verified(&self) -> bool {
        let (Some(clients), Some((holder, between))) = (self.encryption.clients(), self.chain.split_first())
        else {
            return false;
        };
        clients.verify_client_cert(holder, between, UnixTime::now()).is_ok()
    }
}

impl Names {
    fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let certificate = EndEntityCert::try_from(certificate).ok()?;
        let mut uris = certificate.valid_uri_names();
        let uri = uris.next().filter(|_| uris.next().is_none()).map(str::to_owned);
        Some(Self { uri, dns: certificate.valid_dns_names().map(str::to_owned).collect() })
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::pem::PemObject;
    use tempfile::TempDir;

    use super::super::files;
    use super::*;
    use crate::tests::encryption::{Authority, files_in};

    #[test]
    fn a_certificate_whose_authority_is_trusted_no_more_is_good_for_nothing() {
        let (clients, folder) = (Authority::new(), TempDir::new().unwrap());
        let config = files_in(folder.path(), &clients, &clients);
        let encryption = Arc::new(Encryption::load(&config).unwrap());
        let (pem, _) = clients.sign(&["a.example.org"], &["spiffe://example.org/a"]);
        let chain = [CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()];
        let certified = Certified::of(&chain, &encryption).unwrap();
        assert_eq!(certified.names.uri.as_deref(), Some("spiffe://example.org/a"));
        assert_eq!(certified.names.dns, ["a.example.org"]);
        // A connection that goes on from an earlier one brings what was verified then.
        let resumed = Certified::of(&chain, &encryption).unwrap();
        let asked_again = || {
            certified.good_until.store(0, Ordering::Relaxed);
            certified.is_good()
        };
        assert!(asked_again());
        let other = Authority::new();
        files_in(folder.path(), &other, &other);
        encryption.take(files::read(&config)).unwrap();
        assert!(certified.is_good(), "asked about not long ago");
        assert!(!resumed.is_good(), "never asked about");
        assert!(!asked_again());
        assert!(!certified.is_good());
    }
}
