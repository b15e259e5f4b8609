// What the load generators and the ceiling servers share: the numbers of the protocol, exact reads
// and writes, little-endian fields, requests that are made one after the other, batches as they are
// stored, the clock, the deadline, and the numbers of a command line.
#ifndef CEILING_COMMON_H
#define CEILING_COMMON_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "Fields are copied in the byte order of the machine, so it has to be little-endian."
#endif

enum {
  REQUEST_HEADER_BYTES = 8,
  RESPONSE_HEADER_BYTES = 8,
  POLL_HEADER_BYTES = 16,
  MESSAGE_HEADER_BYTES = 64,
  INDEX_ENTRY_BYTES = 16,
  PAYLOAD_BYTES = 1000,
  MESSAGE_BYTES = MESSAGE_HEADER_BYTES + PAYLOAD_BYTES,
  MESSAGES_PER_BATCH = 1000,
  PARTITIONS_MAX = 64,
  FRAME_BYTES_MAX = 4 * 1024 * 1024,
};

enum {
  CODE_PING = 1,
  CODE_LOGIN_USER = 38,
  CODE_CREATE_TOKEN = 42,
  CODE_LOGIN_WITH_TOKEN = 44,
  CODE_POLL_MESSAGES = 100,
  CODE_SEND_MESSAGES = 101,
  CODE_CREATE_STREAM = 202,
  CODE_DELETE_STREAM = 203,
  CODE_CREATE_TOPIC = 302,
};

static void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  _exit(1);
}

static inline uint8_t *put_u8(uint8_t *at, uint8_t value) {
  *at = value;
  return at + 1;
}

static inline uint8_t *put_u32(uint8_t *at, uint32_t value) {
  memcpy(at, &value, sizeof value);
  return at + sizeof value;
}

static inline uint8_t *put_u64(uint8_t *at, uint64_t value) {
  memcpy(at, &value, sizeof value);
  return at + sizeof value;
}

static inline uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t length) {
  memcpy(at, bytes, length);
  return at + length;
}

static inline uint32_t get_u32(const uint8_t *at) {
  uint32_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

static inline uint64_t get_u64(const uint8_t *at) {
  uint64_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

// Allocates memory and touches every page of it, so that no measurement pays for the first touch.
static inline uint8_t *allocate_touched(size_t bytes) {
  uint8_t *memory = malloc(bytes);
  if (memory == NULL) fail("Out of memory: %zu bytes.", bytes);
  memset(memory, 1, bytes);
  return memory;
}

// Reads exactly `length` bytes; false when the other side closed or broke the connection.
static inline bool read_exactly(int descriptor, uint8_t *at, size_t length) {
  while (length > 0) {
    ssize_t got = read(descriptor, at, length);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    length -= (size_t)got;
  }
  return true;
}

// Writes all bytes; false on any error. A file normally takes them with a single call.
static inline bool write_fully(int descriptor, const uint8_t *at, size_t length) {
  while (length > 0) {
    ssize_t put = write(descriptor, at, length);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    at += put;
    length -= (size_t)put;
  }
  return true;
}

// ── Requests ─────────────────────────────────────────────────────────────────────────────────────

// Writes the header of the request whose payload ends there. Gives that end.
static inline uint8_t *finish_request(uint8_t *frame, uint32_t code, uint8_t *end) {
  put_u32(put_u32(frame, (uint32_t)(end - frame - 4)), code);
  return end;
}

// Sends a request, insists on status OK and gives the bytes of the answer, cut to the room.
static inline uint32_t ask(int server, const uint8_t *frame, const uint8_t *end, uint8_t *answer,
                           uint32_t room) {
  uint32_t code = get_u32(frame + 4);
  if (!write_fully(server, frame, (size_t)(end - frame))) fail("Cannot send request %u.", code);
  uint8_t header[RESPONSE_HEADER_BYTES];
  if (!read_exactly(server, header, sizeof header)) fail("No answer to request %u.", code);
  if (get_u32(header) != 0) fail("Request %u got status %u.", code, get_u32(header));
  uint32_t bytes = get_u32(header + 4);
  for (uint32_t done = 0; done < bytes;) {
    uint8_t scratch[4096];
    uint32_t piece = bytes - done < sizeof scratch ? bytes - done : (uint32_t)sizeof scratch;
    if (!read_exactly(server, scratch, piece)) fail("The answer to request %u is cut off.", code);
    for (uint32_t byte = 0; byte < piece && done + byte < room; byte++)
      answer[done + byte] = scratch[byte];
    done += piece;
  }
  return bytes < room ? bytes : room;
}

static inline int connect_to_port(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int enabled = 1;
  int server = socket(AF_INET, SOCK_STREAM, 0);
  if (server < 0 || connect(server, (struct sockaddr *)&address, sizeof address) != 0)
    fail("Cannot connect to port %d: %s.", port, strerror(errno));
  setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &enabled, sizeof enabled);
  return server;
}

static inline void login(int server) {
  uint8_t frame[256], *at = put_bytes(frame + REQUEST_HEADER_BYTES, "\x04iggy\x04iggy", 10);
  at = finish_request(frame, CODE_LOGIN_USER, put_u32(put_u32(at, 0), 0));
  ask(server, frame, at, NULL, 0);
}

// ── Batches ──────────────────────────────────────────────────────────────────────────────────────

// What a SendMessages request has behind its routing.
struct batch {
  const uint8_t *indexes;
  uint32_t count;
  const uint8_t *messages;
  size_t bytes;
};

static inline const uint8_t *skip_identifier(const uint8_t *at) {
  return at + 2 + at[1];
}

static inline struct batch batch_in(const uint8_t *payload, uint32_t payload_bytes) {
  const uint8_t *indexes = payload + 4 + get_u32(payload);
  uint32_t count = get_u32(indexes - 4);
  const uint8_t *messages = indexes + (size_t)count * INDEX_ENTRY_BYTES;
  return (struct batch){indexes, count, messages, (size_t)(payload + payload_bytes - messages)};
}

static inline void append_batch(int log, int index, struct batch batch) {
  bool written = write_fully(log, batch.messages, batch.bytes) &&
                 write_fully(index, batch.indexes, (size_t)batch.count * INDEX_ENTRY_BYTES);
  if (!written) fail("Cannot append: %s.", strerror(errno));
}

// ── Time and command line ────────────────────────────────────────────────────────────────────────

static inline uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static inline void on_alarm(int signal_number) {
  (void)signal_number;
  static const char text[] = "The deadline passed before the work was done.\n";
  if (write(2, text, sizeof text - 1) < 0) _exit(4);
  _exit(3);
}

// Ends the program when it takes longer; connections that end are no signal either.
static inline void set_deadline(unsigned seconds) {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGALRM, on_alarm);
  alarm(seconds);
}

// Ends the program when the text is no whole number from 1 on.
static inline uint32_t whole_number(const char *text, uint32_t maximum) {
  char *end;
  unsigned long value = strtoul(text, &end, 10);
  bool is_number = *text >= '0' && *text <= '9' && *end == '\0';
  if (is_number && value >= 1 && value <= maximum) return (uint32_t)value;
  fprintf(stderr, "'%s' is no whole number from 1 to %u.\n", text, maximum);
  exit(2);
}

#endif
