/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-script"

#include "config.h"

#include "belfry-redis-script.h"

/* The scripts' texts. Rules for them:
 *
 * - All that is read is read before anything is written, and the first command that writes is one
 *   that Redis refuses when it takes no writes or has no memory: what fails has changed nothing.
 *   What is published comes last.
 * - The clock is Redis's. A time is in microseconds since 1970 unless its name ends in "ms".
 * - A key that was evicted or deleted by somebody is noticed: those that belong together count each
 *   other's entries. */

/* Numbers as other programs read them: Lua would write large ones as 1.7e+15. */
#define PRELUDE                                                                                    \
  "local function text(n) return string.format('%.0f', n) end\n"                                   \
  "local t = redis.call('TIME')\n"                                                                 \
  "local now = t[1] * 1000000 + t[2]\n"                                                            \
  "local function may_publish(command, channel)\n"                                                 \
  "  return not redis.acl_check_cmd or redis.acl_check_cmd(command, channel, '')\n"                \
  "end\n"                                                                                          \
  "local refused = {err = 'NOPERM no permission to publish'}\n"                                    \
  "local function keep(key, ms)\n"                                                                 \
  "  if redis.call('PTTL', key) < ms then redis.call('PEXPIRE', key, text(ms)) end\n"              \
  "end\n"

/* The count of a topic: a hash with its epoch, and what its stream has. KEYS: hash, stream. An
 * entry's id is its offset and its time, so that a part of a stream is found by offset. */
#define STREAM                                                                                     \
  "local meta, stream = KEYS[1], KEYS[2]\n"                                                        \
  "local function split(id)\n"                                                                     \
  "  local dash = string.find(id, '-', 1, true)\n"                                                 \
  "  return tonumber(string.sub(id, 1, dash - 1)), tonumber(string.sub(id, dash + 1))\n"           \
  "end\n"                                                                                          \
  "local function load(candidate)\n"                                                               \
  "  local h = redis.call('HMGET', meta, 'epoch', 'offset', 'n', 'bytes', 'oldest', 'ttl')\n"      \
  "  local n = redis.call('XLEN', stream)\n"                                                       \
  "  local s = {epoch = h[1], offset = tonumber(h[2]), n = n, bytes = tonumber(h[4]),\n"           \
  "             oldest = tonumber(h[5]), ttl = tonumber(h[6])}\n"                                  \
  "  if h[1] and s.offset and s.bytes and s.oldest and s.ttl and tonumber(h[3]) == n then\n"       \
  "    return s\n"                                                                                 \
  "  end\n"                                                                                        \
  "  return {epoch = candidate, offset = 0, n = 0, bytes = 0, oldest = 0, fresh = true}\n"         \
  "end\n"                                                                                          \
  "local function trim(s, max, max_bytes, cost)\n"                                                 \
  "  while s.n > 0 and (s.n > max or (max_bytes > 0 and s.bytes > max_bytes) or\n"                 \
  "                     now - s.oldest >= s.ttl) do\n"                                             \
  "    local e = redis.call('XRANGE', stream, '-', '+', 'COUNT', 2)\n"                             \
  "    redis.call('XDEL', stream, e[1][1])\n"                                                      \
  "    s.n = s.n - 1\n"                                                                            \
  "    s.bytes = s.n == 0 and 0 or s.bytes - cost - #e[1][2][4]\n"                                 \
  "    s.oldest = 0\n"                                                                             \
  "    if e[2] then local _, time = split(e[2][1]) s.oldest = time end\n"                          \
  "  end\n"                                                                                        \
  "end\n"                                                                                          \
  "local function save(s)\n"                                                                       \
  "  return redis.call('HSET', meta, 'epoch', s.epoch, 'offset', text(s.offset),\n"                \
  "                    'n', text(s.n), 'bytes', text(s.bytes), 'oldest', text(s.oldest),\n"        \
  "                    'ttl', text(s.ttl))\n"                                                      \
  "end\n"                                                                                          \
  "local function touch(s)\n"                                                                      \
  "  local ms = text(math.max(1, math.ceil(s.ttl / 1000)))\n"                                      \
  "  redis.call('PEXPIRE', meta, ms)\n"                                                            \
  "  redis.call('PEXPIRE', stream, ms)\n"                                                          \
  "end\n"

/* ARGV: command, channel, head, middle, body, tail, shape, letter, payload, candidate, messages,
 * bytes, ttl, cost, ms that the publication's key is remembered; KEYS[3]: of that. An empty body is
 * the payload.
 * Returns: repeated, epoch, offset, receivers, time. */
static const char publish_text[] = PRELUDE STREAM
    "local command, channel, head, middle, body, tail, shape, letter, payload, candidate =\n"
    "    unpack(ARGV, 1, 10)\n"
    "local max, max_bytes, ttl, cost, key_ms = tonumber(ARGV[11]), tonumber(ARGV[12]),\n"
    "    tonumber(ARGV[13]), tonumber(ARGV[14]), ARGV[15]\n"
    "if not may_publish(command, channel) then return refused end\n"
    "local key = KEYS[3]\n"
    "if key then\n"
    "  local seen = redis.call('GET', key)\n"
    "  if seen then\n"
    "    return {1, string.sub(seen, 1, 16), string.sub(seen, 18), 0, text(now)}\n"
    "  end\n"
    "end\n"
    "if body == '' then body = payload end\n"
    "local epoch, offset = '0000000000000000', 0\n"
    "if max > 0 then\n"
    "  local s = load(candidate)\n"
    "  s.ttl = ttl\n"
    "  if s.fresh then\n"
    "    save(s)\n"
    "    redis.call('DEL', stream)\n"
    "  end\n"
    "  s.offset, s.n, s.bytes = s.offset + 1, s.n + 1, s.bytes + cost + #payload\n"
    "  if s.n == 1 then s.oldest = now end\n"
    "  epoch, offset = s.epoch, s.offset\n"
    "  local added = redis.pcall('XADD', stream, text(offset) .. '-' .. text(now),\n"
    "                            'k', letter, 'p', payload)\n"
    "  if type(added) == 'table' and added.err then return added end\n"
    "  trim(s, max, max_bytes, cost)\n"
    "  save(s)\n"
    "  touch(s)\n"
    "end\n"
    "if key then\n"
    "  redis.call('SET', key, epoch .. ' ' .. text(offset), 'PX', key_ms)\n"
    "  if max == 0 then redis.call('DEL', meta, stream) end\n"
    "end\n"
    "local message = payload\n"
    "if shape == 'frame' then\n"
    "  message = head .. epoch .. string.format('%016.0f%016.0f', offset, now) .. payload\n"
    "elseif shape == 'envelope' then\n"
    "  local position = ',\"published\":' .. text(now)\n"
    "  if offset > 0 then\n"
    "    position = ',\"epoch\":\"' .. epoch .. '\",\"offset\":' .. text(offset) .. position\n"
    "  end\n"
    "  message = head .. position .. middle .. body .. tail\n"
    "end\n"
    "return {0, epoch, text(offset), redis.call(command, channel, message), text(now)}\n";

/* ARGV: candidate, epoch or nothing, offset, messages, bytes, ttl of what is new, cost.
 * Returns: epoch, offset, complete, and id, letter, payload of each message. */
static const char history_text[] = PRELUDE STREAM
    "local candidate, epoch, since = ARGV[1], ARGV[2], tonumber(ARGV[3])\n"
    "local max, max_bytes, ttl, cost = tonumber(ARGV[4]), tonumber(ARGV[5]),\n"
    "    tonumber(ARGV[6]), tonumber(ARGV[7])\n"
    "local s = load(candidate)\n"
    "if s.fresh then\n"
    "  s.ttl = ttl\n"
    "  save(s)\n"
    "  redis.call('DEL', stream)\n"
    "else\n"
    "  local n = s.n\n"
    "  trim(s, s.n, 0, cost)\n"
    "  if s.n < n then save(s) end\n"
    "end\n"
    "touch(s)\n"
    "local reply = {s.epoch, text(s.offset), 1}\n"
    "local newest = epoch == ''\n"
    "local wanted, command, from, to = s.n, 'XREVRANGE', '+', '-'\n"
    "if not newest then\n"
    "  if epoch ~= s.epoch or since > s.offset then\n"
    "    reply[3] = 0\n"
    "    return reply\n"
    "  end\n"
    "  wanted, command, from, to = s.offset - since, 'XRANGE', text(since + 1), '+'\n"
    "end\n"
    "local found, bytes = {}, 0\n"
    "local limit = math.min(max, wanted, s.n)\n"
    "while #found < limit do\n"
    "  local part = redis.call(command, stream, from, to, 'COUNT', math.min(16, limit - #found))\n"
    "  if #part == 0 then break end\n"
    "  for _, e in ipairs(part) do\n"
    "    bytes = bytes + #e[2][4]\n"
    "    if #found > 0 and bytes > max_bytes then limit = #found break end\n"
    "    found[#found + 1] = e\n"
    "    from = '(' .. e[1]\n"
    "  end\n"
    "end\n"
    "if not newest and #found < wanted then reply[3] = 0 end\n"
    "local first, last, step = 1, #found, 1\n"
    "if newest then first, last, step = #found, 1, -1 end\n"
    "for i = first, last, step do\n"
    "  local e = found[i]\n"
    "  local n = #reply\n"
    "  reply[n + 1], reply[n + 2], reply[n + 3] = e[1], e[2][2], e[2][4]\n"
    "end\n"
    "return reply\n";

/* Who is there. KEYS: a set of leases, "INSTANCE USER" by the time in ms when they end, and a hash:
 * of "s" and a lease how many sessions, of "n" and a user how many leases, of "p" and a user what
 * JOIN and LEAVE say. The two count each other: the field "c" is how many leases there are. Both
 * stay for twice as long as a lease, so that nothing is left when all instances have died. ARGV:
 * command, channel, head and tail of a JOIN, and of a LEAVE, shape, ms of a lease. */
#define PRESENCE                                                                                   \
  "local leases, who = KEYS[1], KEYS[2]\n"                                                         \
  "local command, channel, shape, lease_ms = ARGV[1], ARGV[2], ARGV[7], tonumber(ARGV[8])\n"       \
  "local now_ms = math.floor(now / 1000)\n"                                                        \
  "if not may_publish(command, channel) then return refused end\n"                                 \
  "local function tell(head, tail, payload)\n"                                                     \
  "  local position = ',\"published\":' .. text(now) .. ',\"payload\":'\n"                         \
  "  if shape == 'frame' then\n"                                                                   \
  "    position = '0000000000000000' .. string.format('%016.0f%016.0f', 0, now)\n"                 \
  "  end\n"                                                                                        \
  "  redis.call(command, channel, head .. position .. payload .. tail)\n"                          \
  "end\n"                                                                                          \
  "local whole = tonumber(redis.call('HGET', who, 'c') or 0) == redis.call('ZCARD', leases)\n"     \
  "local function mend()\n"                                                                        \
  "  if not whole then redis.call('DEL', leases, who) end\n"                                       \
  "end\n"                                                                                          \
  "local function drop(lease)\n"                                                                   \
  "  local user = string.sub(lease, string.find(lease, ' ', 1, true) + 1)\n"                       \
  "  if redis.call('ZREM', leases, lease) == 0 then return end\n"                                  \
  "  redis.call('HDEL', who, 's' .. lease)\n"                                                      \
  "  redis.call('HINCRBY', who, 'c', -1)\n"                                                        \
  "  if redis.call('HINCRBY', who, 'n' .. user, -1) > 0 then return end\n"                         \
  "  local payload = redis.call('HGET', who, 'p' .. user)\n"                                       \
  "  redis.call('HDEL', who, 'n' .. user, 'p' .. user)\n"                                          \
  "  if redis.call('ZCARD', leases) == 0 then redis.call('DEL', who) end\n"                        \
  "  if payload then tell(ARGV[5], ARGV[6], payload) end\n"                                        \
  "end\n"

/* Further: lease, user, sessions, payload. */
static const char presence_set_text[] = PRELUDE PRESENCE
    "local lease, user, sessions, payload = ARGV[9], ARGV[10], ARGV[11], ARGV[12]\n"
    "mend()\n"
    "if sessions == '0' then drop(lease) return 1 end\n"
    "local added = redis.pcall('ZADD', leases, text(now_ms + lease_ms), lease)\n"
    "if type(added) == 'table' then return added end\n"
    "redis.call('HSET', who, 's' .. lease, sessions, 'p' .. user, payload)\n"
    "local first = false\n"
    "if added == 1 then\n"
    "  redis.call('HINCRBY', who, 'c', 1)\n"
    "  first = redis.call('HINCRBY', who, 'n' .. user, 1) == 1\n"
    "end\n"
    "keep(leases, 2 * lease_ms)\n"
    "keep(who, 2 * lease_ms)\n"
    "if first then tell(ARGV[3], ARGV[4], payload) end\n"
    "return 1\n";

/* Further: how many leases that ran out are taken away at the most, and all leases of the instance.
 * Returns: how many leases are left, and by number, from 1, those that are not known. */
static const char presence_renew_text[] = PRELUDE PRESENCE
    "local unknown = {}\n"
    "mend()\n"
    "for i = 10, #ARGV do\n"
    "  if redis.call('ZSCORE', leases, ARGV[i]) then\n"
    "    redis.call('ZADD', leases, text(now_ms + lease_ms), ARGV[i])\n"
    "  else\n"
    "    unknown[#unknown + 1] = i - 9\n"
    "  end\n"
    "end\n"
    "if #unknown < #ARGV - 9 then\n"
    "  keep(leases, 2 * lease_ms)\n"
    "  keep(who, 2 * lease_ms)\n"
    "end\n"
    "local old = redis.call('ZRANGEBYSCORE', leases, '-inf', text(now_ms), 'LIMIT', 0, ARGV[9])\n"
    "for _, lease in ipairs(old) do drop(lease) end\n"
    "table.insert(unknown, 1, redis.call('ZCARD', leases))\n"
    "return unknown\n";

/* KEYS: as above. ARGV: how many leases, and bytes, at the most.
 * Returns: nothing if there are more, or user, sessions, payload of each lease. */
static const char presence_list_text[] = PRELUDE
    "local leases, who, max, max_bytes = KEYS[1], KEYS[2], tonumber(ARGV[1]), tonumber(ARGV[2])\n"
    "local from = '(' .. text(math.floor(now / 1000))\n"
    "if redis.call('ZCOUNT', leases, from, '+inf') > max then return false end\n"
    "local reply, seen, bytes = {}, {}, 0\n"
    "for _, lease in ipairs(redis.call('ZRANGEBYSCORE', leases, from, '+inf')) do\n"
    "  local user = string.sub(lease, string.find(lease, ' ', 1, true) + 1)\n"
    "  local found = redis.call('HMGET', who, 's' .. lease, 'p' .. user)\n"
    "  if found[1] and found[2] then\n"
    "    local at = seen[user]\n"
    "    if at then\n"
    "      reply[at] = text(reply[at] + found[1])\n"
    "    else\n"
    "      local n = #reply\n"
    "      bytes = bytes + #user + #found[2]\n"
    "      if bytes > max_bytes then return false end\n"
    "      reply[n + 1], reply[n + 2], reply[n + 3] = user, found[1], found[2]\n"
    "      seen[user] = n + 2\n"
    "    end\n"
    "  end\n"
    "end\n"
    "return reply\n";

/* KEYS: a set of names by the time when their words end, and a hash of the words. ARGV: command,
 * channel, name, word, until (0: the name's word ends; nothing: it is not kept), how many are kept
 * at the most. */
static const char tell_text[] = PRELUDE
    "local times, words = KEYS[1], KEYS[2]\n"
    "local command, channel, name, word, ends = unpack(ARGV, 1, 5)\n"
    "if not may_publish(command, channel) then return refused end\n"
    "local function drop(names)\n"
    "  for _, old in ipairs(names) do\n"
    "    redis.call('ZREM', times, old)\n"
    "    redis.call('HDEL', words, old)\n"
    "  end\n"
    "end\n"
    "if ends ~= '' then\n"
    "  if tonumber(ends) > now then\n"
    "    local added = redis.pcall('ZADD', times, ends, name)\n"
    "    if type(added) == 'table' then return added end\n"
    "    redis.call('HSET', words, name, word)\n"
    "  else\n"
    "    drop({name})\n"
    "  end\n"
    "  drop(redis.call('ZRANGEBYSCORE', times, '-inf', text(now), 'LIMIT', 0, 1000))\n"
    "  local over = redis.call('ZCARD', times) - tonumber(ARGV[6])\n"
    "  if over > 0 then drop(redis.call('ZRANGE', times, 0, math.min(over, 1000) - 1)) end\n"
    "  local last = redis.call('ZRANGE', times, -1, -1, 'WITHSCORES')\n"
    "  if last[2] then\n"
    "    local ms = text(math.ceil(tonumber(last[2]) / 1000))\n"
    "    redis.call('PEXPIREAT', times, ms)\n"
    "    redis.call('PEXPIREAT', words, ms)\n"
    "  end\n"
    "end\n"
    "redis.call(command, channel, word)\n"
    "return 1\n";

/* KEYS: as above. ARGV: how many at the most, how many bytes. Returns: words that are in force,
 * those that end last first. */
static const char blocks_text[] =
    PRELUDE "local names = redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', '(' .. text(now),\n"
            "                         'LIMIT', 0, ARGV[1])\n"
            "local reply, bytes = {}, 0\n"
            "for _, name in ipairs(names) do\n"
            "  local word = redis.call('HGET', KEYS[2], name)\n"
            "  if word then\n"
            "    bytes = bytes + #word\n"
            "    if bytes > tonumber(ARGV[2]) then break end\n"
            "    reply[#reply + 1] = word\n"
            "  end\n"
            "end\n"
            "return reply\n";

typedef struct
{
  const char *name; /* (unowned) */
  const char *text; /* (unowned) */
} Entry;

static const Entry scripts[] = {
  [BELFRY_REDIS_SCRIPT_PUBLISH] = { "publish", publish_text },
  [BELFRY_REDIS_SCRIPT_HISTORY] = { "history", history_text },
  [BELFRY_REDIS_SCRIPT_PRESENCE_SET] = { "presence-set", presence_set_text },
  [BELFRY_REDIS_SCRIPT_PRESENCE_RENEW] = { "presence-renew", presence_renew_text },
  [BELFRY_REDIS_SCRIPT_PRESENCE_LIST] = { "presence-list", presence_list_text },
  [BELFRY_REDIS_SCRIPT_TELL] = { "tell", tell_text },
  [BELFRY_REDIS_SCRIPT_BLOCKS] = { "blocks", blocks_text },
};
G_STATIC_ASSERT (G_N_ELEMENTS (scripts) == BELFRY_REDIS_N_SCRIPTS);

const char *
belfry_redis_script_get_name (BelfryRedisScript script)
{
  return scripts[script].name;
}

const char *
belfry_redis_script_get_text (BelfryRedisScript script)
{
  return scripts[script].text;
}

char *
belfry_redis_script_dup_digest (BelfryRedisScript script)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA1, scripts[script].text, -1);
}
