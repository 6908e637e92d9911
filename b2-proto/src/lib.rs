//! Sans-IO core of a Backblaze B2 client: requests, replies, retries and plans, without any I/O.
