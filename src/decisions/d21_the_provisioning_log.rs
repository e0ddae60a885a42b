//! The provisioning log is written by one task of each server process, several requests in one commit; a change or a refusal is
//! answered when its entry is safe, a read is not kept waiting.
