// What the load generator and the ceiling server share: the numbers of the protocol, exact reads
// and writes, little-endian fields.
#ifndef CEILING_COMMON_H
#define CEILING_COMMON_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

#endif
