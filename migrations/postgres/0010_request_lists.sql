-- Lists of requests: in the order in which they were drafted, and of those that wait for approval (stage 2) in the order in
-- which they expire.

CREATE INDEX request_by_creation ON request (realm, created_at, request);
CREATE INDEX request_undecided ON request (realm, due_at, request) WHERE stage = 2;
