//! What Redis does at once.

use redis::Script;

/// What has to happen at once. The index is a sorted set of digests by the time at which they end; sessions that ended by
/// disuse stay in it until then, unless a list finds them gone.
pub(super) struct Scripts {
    /// Stores a session and its place in the index.
    pub create: Script,
    /// Ends a chunk of the sessions of older epochs.
    pub destroy_before: Script,
    /// Counts the sessions of older epochs in a chunk.
    pub count_before: Script,
    /// Lists the open sessions.
    pub list: Script,
}

impl Scripts {
    /// Sent to Redis when first used.
    pub fn new() -> Self {
        Self {
            create: Script::new(
                "local session, index = KEYS[1], KEYS[2]
                 local value, idle, absolute, digest, now, expires = unpack(ARGV)
                 redis.call('SET', session, value, 'PX', idle)
                 redis.call('ZREMRANGEBYSCORE', index, '-inf', now)
                 redis.call('ZADD', index, expires, digest)
                 if redis.call('PTTL', index) < tonumber(absolute) then
                     redis.call('PEXPIRE', index, absolute)
                 end",
            ),
            destroy_before: Script::new(
                "local prefix, passed, count, epoch = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
                 local digests = redis.call('ZRANGE', KEYS[1], passed, passed + count - 1)
                 local ended, kept = 0, 0
                 for _, digest in ipairs(digests) do
                     local value = redis.call('GET', prefix .. digest)
                     if value and cjson.decode(value).epoch >= epoch then
                         kept = kept + 1
                     else
                         ended = ended + redis.call('DEL', prefix .. digest)
                         redis.call('ZREM', KEYS[1], digest)
                     end
                 end
                 return {#digests, ended, kept}",
            ),
            count_before: Script::new(
                "local prefix, passed, count, epoch = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
                 local digests = redis.call('ZRANGE', KEYS[1], passed, passed + count - 1)
                 local older = 0
                 for _, digest in ipairs(digests) do
                     local value = redis.call('GET', prefix .. digest)
                     if value and cjson.decode(value).epoch < epoch then
                         older = older + 1
                     end
                 end
                 return {#digests, older}",
            ),
            list: Script::new(
                "local digests = redis.call('ZRANGE', KEYS[1], '+inf', '(' .. ARGV[2], 'BYSCORE', 'REV', 'LIMIT', 0, ARGV[3])
                 local found = {}
                 for _, digest in ipairs(digests) do
                     local value = redis.call('GET', ARGV[1] .. digest)
                     if value then
                         found[#found + 1] = {digest, value, redis.call('PTTL', ARGV[1] .. digest)}
                     else
                         redis.call('ZREM', KEYS[1], digest)
                     end
                 end
                 return found",
            ),
        }
    }
}
