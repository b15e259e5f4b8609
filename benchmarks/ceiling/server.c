// The ceiling: a server in C that speaks just enough of the protocol to take batches, append them
// to files and give them back. It checks nothing, stamps nothing and remembers nothing; what a
// broker adds to this work is what the benchmark shows. See benchmarks/README.md for the list.
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include "common.h"

enum { CONNECTIONS_MAX = 128, STATUS_INVALID_COMMAND = 3 };

struct partition {
  int log;
  int index;
  _Atomic uint64_t messages;
};

// A request and its answer share one buffer: a request is used up before its answer is written.
struct buffer {
  struct buffer *next;
  uint8_t bytes[FRAME_BYTES_MAX];
};

struct connection {
  int socket;
  struct buffer *buffer;
};

static const char *data_folder;
static struct partition partitions[PARTITIONS_MAX];
static uint32_t partition_count;
static struct buffer *spare_buffers;
static pthread_mutex_t spare_lock = PTHREAD_MUTEX_INITIALIZER;

// Buffers are kept when their connection ends, so that only the first one pays for fresh memory.
static struct buffer *take_buffer(void) {
  pthread_mutex_lock(&spare_lock);
  struct buffer *buffer = spare_buffers;
  if (buffer != NULL) spare_buffers = buffer->next;
  pthread_mutex_unlock(&spare_lock);
  return buffer != NULL ? buffer : (struct buffer *)allocate_touched(sizeof(struct buffer));
}

static void give_buffer(struct buffer *buffer) {
  pthread_mutex_lock(&spare_lock);
  buffer->next = spare_buffers;
  spare_buffers = buffer;
  pthread_mutex_unlock(&spare_lock);
}

static void file_path(char *path, size_t size, uint32_t number, const char *extension) {
  snprintf(path, size, "%s/%u.%s", data_folder, number, extension);
}

static int open_file(uint32_t number, const char *extension) {
  char path[4096];
  file_path(path, sizeof path, number, extension);
  int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0644);
  if (file < 0) fail("Cannot open %s: %s.", path, strerror(errno));
  return file;
}

static void delete_file(int file, uint32_t number, const char *extension) {
  char path[4096];
  file_path(path, sizeof path, number, extension);
  close(file);
  unlink(path);
}

static void create_partitions(uint32_t count) {
  if (count > PARTITIONS_MAX) fail("At most %d partitions.", PARTITIONS_MAX);
  for (uint32_t number = 0; number < count; number++) {
    partitions[number].log = open_file(number, "log");
    partitions[number].index = open_file(number, "index");
    atomic_store(&partitions[number].messages, 0);
  }
  partition_count = count;
}

static void delete_partitions(void) {
  for (uint32_t number = 0; number < partition_count; number++) {
    delete_file(partitions[number].log, number, "log");
    delete_file(partitions[number].index, number, "index");
  }
  partition_count = 0;
}

static bool answer(int socket, uint32_t status, uint8_t *response, uint32_t payload_bytes) {
  put_u32(put_u32(response, status), payload_bytes);
  return write_fully(socket, response, RESPONSE_HEADER_BYTES + payload_bytes);
}

static struct partition *partition_at(uint32_t number) {
  if (number >= partition_count) fail("There is no partition %u.", number);
  return &partitions[number];
}

// Streams and topics have no names here: the one topic there is belongs to whoever asks.
static bool answer_create_stream(int socket, uint8_t *response) {
  memset(response, 0, RESPONSE_HEADER_BYTES + 33);
  uint8_t *end = put_bytes(response + RESPONSE_HEADER_BYTES + 32, "\x07" "ceiling", 8);
  return answer(socket, 0, response, (uint32_t)(end - response - RESPONSE_HEADER_BYTES));
}

static bool answer_create_topic(int socket, uint8_t *response, const uint8_t *payload) {
  uint32_t count = get_u32(skip_identifier(payload));
  create_partitions(count);
  uint32_t bytes = 51 + 7 + 40 * count;
  uint8_t *topic = response + RESPONSE_HEADER_BYTES;
  memset(topic, 0, bytes);
  put_u32(topic + 12, count);
  topic[24] = topic[33] = 1;
  put_bytes(topic + 50, "\x07" "ceiling", 8);
  for (uint32_t number = 0; number < count; number++) put_u32(topic + 58 + 40 * number, number);
  return answer(socket, 0, response, bytes);
}

static bool append(int socket, uint8_t *payload, uint32_t payload_bytes) {
  const uint8_t *partitioning = skip_identifier(skip_identifier(payload + 4));
  struct partition *partition = partition_at(get_u32(partitioning + 2));
  struct batch batch = batch_in(payload, payload_bytes);
  append_batch(partition->log, partition->index, batch);
  atomic_fetch_add(&partition->messages, batch.count);
  uint8_t response[RESPONSE_HEADER_BYTES];
  return answer(socket, 0, response, 0);
}

static void read_messages(int file, uint8_t *at, uint64_t offset, uint32_t count) {
  size_t wanted = (size_t)count * MESSAGE_BYTES;
  ssize_t got = pread(file, at, wanted, (off_t)(offset * MESSAGE_BYTES));
  if (got != (ssize_t)wanted) fail("Cannot read %zu bytes at message %llu.", wanted,
                                   (unsigned long long)offset);
}

static bool poll_messages(int socket, uint8_t *response, const uint8_t *payload) {
  const uint8_t *routing = skip_identifier(skip_identifier(skip_identifier(payload + 1)));
  uint32_t number = get_u32(routing + 1);
  uint64_t offset = get_u64(routing + 6);
  uint32_t asked = get_u32(routing + 14);
  struct partition *partition = partition_at(number);
  uint64_t stored = atomic_load(&partition->messages);
  uint64_t left = stored > offset ? stored - offset : 0;
  uint32_t room = (FRAME_BYTES_MAX - RESPONSE_HEADER_BYTES - POLL_HEADER_BYTES) / MESSAGE_BYTES;
  uint32_t count = asked < room ? asked : room;
  if (left < count) count = (uint32_t)left;
  uint8_t *at = put_u32(response + RESPONSE_HEADER_BYTES, number);
  at = put_u32(put_u64(at, stored > 0 ? stored - 1 : 0), count);
  read_messages(partition->log, at, offset, count);
  return answer(socket, 0, response, POLL_HEADER_BYTES + count * MESSAGE_BYTES);
}

static bool dispatch(int socket, uint32_t code, uint8_t *bytes, uint32_t payload_bytes) {
  switch (code) {
    case CODE_SEND_MESSAGES:
      return append(socket, bytes, payload_bytes);
    case CODE_POLL_MESSAGES:
      return poll_messages(socket, bytes, bytes);
    case CODE_PING:
      return answer(socket, 0, bytes, 0);
    case CODE_LOGIN_USER:
      put_u32(bytes + RESPONSE_HEADER_BYTES, 0);
      return answer(socket, 0, bytes, 4);
    case CODE_CREATE_STREAM:
      return answer_create_stream(socket, bytes);
    case CODE_CREATE_TOPIC:
      return answer_create_topic(socket, bytes, bytes);
    case CODE_DELETE_STREAM:
      delete_partitions();
      return answer(socket, 0, bytes, 0);
    default:
      return answer(socket, STATUS_INVALID_COMMAND, bytes, 0);
  }
}

// Takes one request and answers it; false when the connection is over.
static bool serve_request(struct connection connection) {
  uint8_t header[REQUEST_HEADER_BYTES];
  if (!read_exactly(connection.socket, header, sizeof header)) return false;
  uint32_t payload_bytes = get_u32(header) - 4;
  if (payload_bytes > FRAME_BYTES_MAX) fail("A frame of %u bytes is too large.", payload_bytes);
  uint8_t *bytes = connection.buffer->bytes;
  if (!read_exactly(connection.socket, bytes, payload_bytes)) return false;
  return dispatch(connection.socket, get_u32(header + 4), bytes, payload_bytes);
}

static void end_connection(struct connection connection) {
  close(connection.socket);
  give_buffer(connection.buffer);
}

static void *serve_connection(void *argument) {
  struct connection connection = {(int)(intptr_t)argument, take_buffer()};
  while (serve_request(connection)) continue;
  end_connection(connection);
  return NULL;
}

static void start_thread(int socket) {
  pthread_t thread;
  int problem = pthread_create(&thread, NULL, serve_connection, (void *)(intptr_t)socket);
  if (problem != 0) fail("Cannot start a thread: %s.", strerror(problem));
  pthread_detach(thread);
}

static int listen_on_loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) != 0 ||
      listen(listener, CONNECTIONS_MAX) != 0 ||
      getsockname(listener, (struct sockaddr *)&address, &length) != 0)
    fail("Cannot listen: %s.", strerror(errno));
  printf("{\"event\":\"ready\",\"tcp\":\"127.0.0.1:%d\"}\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

static int accept_connection(int listener) {
  int enabled = 1;
  int socket = accept(listener, NULL, NULL);
  if (socket < 0) fail("Cannot accept: %s.", strerror(errno));
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &enabled, sizeof enabled);
  return socket;
}

// Serves one request of every connection that has something to read, and forgets those that ended.
static int serve_readable(struct pollfd *watched, struct connection *connections, int count) {
  int kept = 0;
  for (int number = 0; number < count; number++) {
    bool open = watched[number].revents == 0 || serve_request(connections[number]);
    if (open) connections[kept++] = connections[number];
    else end_connection(connections[number]);
  }
  return kept;
}

// The end of standard input is the signal to stop: no server outlives the program that started it.
static void serve(int listener, bool single_thread) {
  struct connection connections[CONNECTIONS_MAX];
  int count = 0;
  for (;;) {
    struct pollfd watched[2 + CONNECTIONS_MAX] = {{0, POLLIN, 0}, {listener, POLLIN, 0}};
    for (int number = 0; number < count; number++)
      watched[2 + number] = (struct pollfd){connections[number].socket, POLLIN, 0};
    if (poll(watched, (nfds_t)(2 + count), -1) < 0) continue;
    if (watched[0].revents != 0 && getchar() == EOF) return;
    count = serve_readable(watched + 2, connections, count);
    if (watched[1].revents == 0) continue;
    int socket = accept_connection(listener);
    if (!single_thread) start_thread(socket);
    else if (count < CONNECTIONS_MAX)
      connections[count++] = (struct connection){socket, take_buffer()};
    else close(socket);
  }
}

int main(int count, char **arguments) {
  bool single_thread = count >= 3 && strcmp(arguments[2], "single") == 0;
  int port = count == 4 ? atoi(arguments[3]) : 0;
  if (count < 3 || count > 4 || (!single_thread && strcmp(arguments[2], "threads") != 0)) {
    fprintf(stderr, "Usage: %s DATA_FOLDER threads|single [PORT]\n", arguments[0]);
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  data_folder = arguments[1];
  serve(listen_on_loopback(port), single_thread);
  return 0;
}
