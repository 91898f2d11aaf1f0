-- What is to be mailed besides secrets: kind 3, a request waits for its approver; kind 4, what became of an author's request.

ALTER TABLE outbox ADD COLUMN request TEXT COLLATE "C";
