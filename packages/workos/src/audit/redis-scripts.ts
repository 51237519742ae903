/**
 * What runs on Redis, each script as one step. Entries are in streams that one consumer group reads; beside them are
 *
 * - `places`: where each key is, as `kind id attempts firstTriedAt share`; kind is `r` (ready), `h` (held) or `f` (failed);
 * - `admitted` and `denied`: how many ready entries each share has;
 * - `order`: ready entries by share and age.
 *
 * A share is `a` or `d` (admitted, denied) and its caller.
 */
const COMMON = `
local STREAM, HELD, PLACES, ADMITTED, DENIED, ORDER, FAILED = unpack(KEYS)
local GROUP, ME = 'xmcp-workos', ARGV[1]
local STREAMS = { r = STREAM, h = HELD, f = FAILED }

local function open()
  for _, stream in ipairs({ STREAM, HELD }) do
    if redis.call('EXISTS', stream) == 0 then
      redis.call('XGROUP', 'CREATE', stream, GROUP, '0', 'MKSTREAM')
    end
  end
end

local function find(key)
  local place = redis.call('HGET', PLACES, key)
  if not place then return nil end
  local kind, id, attempts, first, share = string.match(place, '^(%a) (%S+) (%S+) (%S+) (.*)$')
  return { kind = kind, id = id, attempts = attempts, first = first, share = share }
end

local function write(key, place)
  redis.call('HSET', PLACES, key,
    table.concat({ place.kind, place.id, place.attempts, place.first, place.share }, ' '))
end

local function ranking(share) return string.sub(share, 1, 1) == 'd' and DENIED or ADMITTED end

local function mark(key, place)
  local ms, number = string.match(place.id, '^(%d+)-(%d+)$')
  return string.format('%s\\n%015.0f-%010.0f\\n%s', place.share, tonumber(ms), tonumber(number), key)
end

local function remove(key)
  local place = find(key)
  if not place then return nil end
  local stream = STREAMS[place.kind]
  if place.kind ~= 'f' then redis.call('XACK', stream, GROUP, place.id) end
  redis.call('XDEL', stream, place.id)
  redis.call('HDEL', PLACES, key)
  if place.kind == 'r' then
    redis.call('ZREM', ORDER, mark(key, place))
    if tonumber(redis.call('ZINCRBY', ranking(place.share), -1, place.share)) <= 0 then
      redis.call('ZREM', ranking(place.share), place.share)
    end
  end
  return place
end

local function add(key, entry, place)
  place.id = redis.call('XADD', STREAMS[place.kind], '*', 'key', key, 'entry', entry)
  write(key, place)
  if place.kind == 'r' then
    redis.call('ZADD', ORDER, 0, mark(key, place))
    redis.call('ZINCRBY', ranking(place.share), 1, place.share)
  else
    redis.call('XCLAIM', HELD, GROUP, ME, 0, place.id, 'FORCE', 'JUSTID')
  end
end

-- Reads what XREADGROUP, XAUTOCLAIM and XRANGE return of a stream.
local function read(entries, found)
  for _, entry in ipairs(entries) do
    local fields = {}
    for at = 1, #(entry[2] or {}), 2 do fields[entry[2][at]] = entry[2][at + 1] end
    local place = find(fields.key or '')
    if place and place.id == entry[1] then
      for _, value in ipairs({ fields.key, fields.entry, place.attempts, place.first }) do
        table.insert(found, value)
      end
    end
  end
end

local function size() return redis.call('XLEN', STREAM) + redis.call('XLEN', HELD) end

local function isMine(place)
  local pending = redis.call('XPENDING', STREAMS[place.kind], GROUP, place.id, place.id, 1)
  return pending[1] ~= nil and pending[1][2] == ME
end
`;

/** ARGV: me, kind, key, entry, share, attempts, first, capacity, which. Returns outcome, size, share that gave way and its key. */
const SAVE = `
open()
local kind, key, entry, share, capacity, which =
  ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[8]), ARGV[9]
local place = { kind = kind, attempts = ARGV[6], first = ARGV[7], share = share }
local there = find(key)
if there then
  -- What was held is replaced; what is ready or failed has been stored before.
  if there.kind == 'h' then
    remove(key)
    add(key, entry, place)
  end
  return { 'stored', size(), '' }
end
if size() < capacity then
  add(key, entry, place)
  return { 'stored', size(), '' }
end
-- Denied uses give way before admitted ones, then the caller that has most.
local first = string.sub(share, 1, 1)
local set = (first == 'd' or redis.call('ZCARD', DENIED) > 0) and DENIED or ADMITTED
local top = redis.call('ZREVRANGE', set, 0, 0, 'WITHSCORES')
local own = tonumber(redis.call('ZSCORE', set, share) or 0)
local giving = top[1]
if set == ranking(share) and own + 1 >= tonumber(top[2] or 0) then giving = share end
if giving == share and which == 'newest' then return { 'full', size(), share } end
local low, high = '[' .. giving .. '\\n', '(' .. giving .. '\\n\\255'
local member
if which == 'oldest' then member = redis.call('ZRANGEBYLEX', ORDER, low, high, 'LIMIT', 0, 1)[1]
else member = redis.call('ZREVRANGEBYLEX', ORDER, high, low, 'LIMIT', 0, 1)[1] end
if not member then return { 'full', size(), share } end
local dropped = string.match(member, '([^\\n]*)$')
remove(dropped)
add(key, entry, place)
return { 'stored', size(), giving, dropped }
`;

/** ARGV: me, key, attempts, first. Returns whether it is there. */
const NOTE = `
local place = find(ARGV[2])
if not place then return 0 end
place.attempts, place.first = ARGV[3], ARGV[4]
write(ARGV[2], place)
return 1
`;

/** ARGV: me, key. Returns how many wait now. */
const REMOVE = `
remove(ARGV[2])
return size()
`;

/** ARGV: me, key, share, entry with problem and time, capacity. Returns how many failed entries made room, and how many wait now. */
const BURY = `
local key = ARGV[2]
local former = remove(key)
local place = { kind = 'f', attempts = 0, first = 0, share = former and former.share or ARGV[3] }
place.id = redis.call('XADD', FAILED, '*', 'key', key, 'entry', ARGV[4])
write(key, place)
local dropped = 0
while redis.call('XLEN', FAILED) > tonumber(ARGV[5]) do
  local oldest = redis.call('XRANGE', FAILED, '-', '+', 'COUNT', 1)[1]
  remove(oldest[2][2])
  redis.call('XDEL', FAILED, oldest[1])
  dropped = dropped + 1
end
return { dropped, size() }
`;

/** ARGV: me, most. Returns key, entry, attempts and first of each. */
const TAKE = `
open()
local found = {}
local taken = redis.call('XREADGROUP', 'GROUP', GROUP, ME, 'COUNT', ARGV[2], 'STREAMS', STREAM, '>')
if taken then read(taken[1][2], found) end
return found
`;

/** ARGV: me, most, idle. Returns as TAKE does. */
const TAKE_OVER = `
open()
local found, most = {}, tonumber(ARGV[2])
for _, stream in ipairs({ STREAM, HELD }) do
  local cursor, rounds = '0-0', 0
  repeat
    local left = most - #found / 4
    if left < 1 then return found end
    local taken = redis.call('XAUTOCLAIM', stream, GROUP, ME, ARGV[3], cursor, 'COUNT', left)
    read(taken[2], found)
    cursor, rounds = taken[1], rounds + 1
  until cursor == '0-0' or rounds >= 20
end
return found
`;

/** ARGV: me, keys. Restarts the time after which others take them over, and forgets consumers that ended long ago. */
const KEEP = `
open()
for at = 2, #ARGV do
  local place = find(ARGV[at])
  if place and place.kind ~= 'f' and isMine(place) then
    redis.call('XCLAIM', STREAMS[place.kind], GROUP, ME, 0, place.id, 'JUSTID')
  end
end
for _, stream in ipairs({ STREAM, HELD }) do
  for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', stream, GROUP)) do
    local about = {}
    for at = 1, #consumer, 2 do about[consumer[at]] = consumer[at + 1] end
    if about.pending == 0 and about.idle > 3600000 and about.name ~= ME then
      redis.call('XGROUP', 'DELCONSUMER', stream, GROUP, about.name)
    end
  end
end
`;

/** ARGV: me, keys. */
const RELEASE = `
for at = 2, #ARGV do
  local place = find(ARGV[at])
  if place and place.kind ~= 'f' and isMine(place) then
    redis.call('XCLAIM', STREAMS[place.kind], GROUP, ME, 0, place.id, 'IDLE', 86400000, 'JUSTID')
  end
end
`;

/** ARGV: me, start, most. Returns ID, key and entry of each. */
const LIST_FAILED = `
local found = {}
for _, entry in ipairs(redis.call('XRANGE', FAILED, ARGV[2], '+', 'COUNT', ARGV[3])) do
  for _, value in ipairs({ entry[1], entry[2][2], entry[2][4] }) do table.insert(found, value) end
end
return found
`;

/** ARGV: me, keys. Returns how many there were. */
const REVIVE = `
open()
local revived = 0
for at = 2, #ARGV do
  local key = ARGV[at]
  local place = find(key)
  local entry = place and place.kind == 'f' and redis.call('XRANGE', FAILED, place.id, place.id)[1]
  if entry then
    remove(key)
    add(key, entry[2][4], { kind = 'r', attempts = 0, first = 0, share = place.share })
    revived = revived + 1
  end
end
return revived
`;

/** Returns waiting, failed, and the time of the oldest waiting entry, 0 without one. */
const COUNT = `
local oldest = 0
for _, stream in ipairs({ STREAM, HELD }) do
  local entry = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
  local at = entry and tonumber(string.match(entry[1], '^%d+')) or 0
  if at > 0 and (oldest == 0 or at < oldest) then oldest = at end
end
return { size(), redis.call('XLEN', FAILED), string.format('%.0f', oldest) }
`;

export type ScriptName =
  | "save"
  | "note"
  | "remove"
  | "bury"
  | "take"
  | "takeOver"
  | "keep"
  | "release"
  | "listFailed"
  | "revive"
  | "count";

/** The scripts, each with its own part of the common functions. */
export const SCRIPTS: Readonly<Record<ScriptName, string>> = {
  save: COMMON + SAVE,
  note: COMMON + NOTE,
  remove: COMMON + REMOVE,
  bury: COMMON + BURY,
  take: COMMON + TAKE,
  takeOver: COMMON + TAKE_OVER,
  keep: COMMON + KEEP,
  release: COMMON + RELEASE,
  listFailed: COMMON + LIST_FAILED,
  revive: COMMON + REVIVE,
  count: COMMON + COUNT,
};
