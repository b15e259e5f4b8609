// The ceiling for small requests: one thread that takes whatever has arrived on a connection, does
// all requests in it, and sends their answers in one call. As the ceiling for large batches it
// checks nothing, stamps nothing and remembers nothing. See benchmarks/README.md.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include "../ceiling/common.h"

enum {
  PARTITION_COUNT_MAX = 20000,
  ROOM = 64 * 1024,
  ANSWERS_ROOM = 4 * ROOM,
  EVENTS_MAX = 512,
};

struct partition {
  int log;
  int index;
  uint64_t messages;
  uint64_t bytes;
};

struct connection {
  int socket;
  uint32_t bytes;
  uint8_t received[ROOM];
};

static const char *data_folder;
static struct partition partitions[PARTITION_COUNT_MAX];
static uint32_t partition_count;
static uint32_t partitions_per_topic;
static uint8_t answers[ANSWERS_ROOM];
static uint8_t *answers_end = answers;

static int open_file(uint32_t number, const char *extension) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%u.%s", data_folder, number, extension);
  int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0644);
  if (file < 0) fail("Cannot open %s: %s.", path, strerror(errno));
  unlink(path);
  return file;
}

static void create_partitions(uint32_t count) {
  if (partition_count + count > PARTITION_COUNT_MAX) fail("Too many partitions.");
  partitions_per_topic = count;
  for (uint32_t number = 0; number < count; number++, partition_count++)
    partitions[partition_count] = (struct partition){open_file(partition_count, "log"),
                                                     open_file(partition_count, "index"), 0, 0};
}

static void delete_partitions(void) {
  while (partition_count > 0) {
    partition_count--;
    close(partitions[partition_count].log);
    close(partitions[partition_count].index);
  }
}

static uint8_t *begin_answer(uint32_t status, uint32_t payload_bytes) {
  uint8_t *payload = put_u32(put_u32(answers_end, status), payload_bytes);
  answers_end = payload + payload_bytes;
  return payload;
}

// Topics are named by a letter and five digits. Gives the partition behind a stream and a topic.
static struct partition *find_partition(const uint8_t *stream, uint32_t number) {
  const uint8_t *digits = skip_identifier(stream) + 3;
  uint32_t topic = 0;
  for (int digit = 0; digit < 5; digit++) topic = topic * 10 + (uint32_t)(digits[digit] - '0');
  uint32_t place = topic * partitions_per_topic + number;
  if (place >= partition_count) fail("There is no partition %u of topic %u.", number, topic);
  return &partitions[place];
}

static void append(const uint8_t *payload, uint32_t payload_bytes) {
  const uint8_t *partitioning = skip_identifier(skip_identifier(payload + 4));
  struct partition *partition = find_partition(payload + 4, get_u32(partitioning + 2));
  struct batch batch = batch_in(payload, payload_bytes);
  append_batch(partition->log, partition->index, batch);
  partition->messages += batch.count;
  partition->bytes += batch.bytes;
  begin_answer(0, 0);
}

static void poll_message(const uint8_t *payload) {
  const uint8_t *stream = skip_identifier(payload + 1);
  const uint8_t *routing = skip_identifier(skip_identifier(stream));
  uint32_t number = get_u32(routing + 1);
  struct partition *partition = find_partition(stream, number);
  uint64_t offset = get_u64(routing + 6);
  if (offset >= partition->messages) fail("There is no such message.");
  uint32_t bytes = (uint32_t)(partition->bytes / partition->messages);
  uint8_t *at = put_u32(begin_answer(0, POLL_HEADER_BYTES + bytes), number);
  at = put_u32(put_u64(at, partition->messages - 1), 1);
  if (pread(partition->log, at, bytes, (off_t)(offset * bytes)) != (ssize_t)bytes)
    fail("Cannot read a message.");
}

static void answer(uint32_t code, const uint8_t *payload, uint32_t payload_bytes) {
  switch (code) {
    case CODE_SEND_MESSAGES: append(payload, payload_bytes); break;
    case CODE_POLL_MESSAGES: poll_message(payload); break;
    case CODE_CREATE_TOPIC: create_partitions(get_u32(skip_identifier(payload))); break;
    case CODE_DELETE_STREAM: delete_partitions(); break;
    default: break;
  }
  if (code == CODE_CREATE_TOKEN) memcpy(begin_answer(0, 2), "\x01t", 2);
  else if (code != CODE_SEND_MESSAGES && code != CODE_POLL_MESSAGES) begin_answer(0, 0);
}

static void flush_answers(int socket) {
  if (!write_fully(socket, answers, (size_t)(answers_end - answers))) fail("Cannot answer.");
  answers_end = answers;
}

// Does all requests that have arrived; false when the connection is over.
static bool serve(struct connection *connection) {
  uint8_t *received = connection->received;
  ssize_t got = read(connection->socket, received + connection->bytes, ROOM - connection->bytes);
  if (got <= 0) return false;
  uint32_t end = connection->bytes + (uint32_t)got, start = 0;
  while (end - start >= REQUEST_HEADER_BYTES) {
    uint32_t bytes = get_u32(received + start) + 4;
    if (bytes > ROOM) fail("A frame of %u bytes is too large.", bytes);
    if (end - start < bytes) break;
    const uint8_t *request = received + start;
    answer(get_u32(request + 4), request + REQUEST_HEADER_BYTES, bytes - REQUEST_HEADER_BYTES);
    if (answers_end - answers > ANSWERS_ROOM - ROOM) flush_answers(connection->socket);
    start += bytes;
  }
  connection->bytes = end - start;
  memmove(received, received + start, end - start);
  if (answers_end != answers) flush_answers(connection->socket);
  return true;
}

static int listen_on_loopback(void) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) != 0 ||
      listen(listener, 1024) != 0 ||
      getsockname(listener, (struct sockaddr *)&address, &length) != 0)
    fail("Cannot listen: %s.", strerror(errno));
  printf("{\"event\":\"ready\",\"tcp\":\"127.0.0.1:%d\"}\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

static void watch(int poller, int descriptor, void *pointer) {
  struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = pointer}};
  epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event);
}

static void accept_connection(int poller, int listener) {
  int enabled = 1;
  struct connection *connection = malloc(sizeof *connection);
  if (connection == NULL) fail("Out of memory for a connection.");
  connection->socket = accept(listener, NULL, NULL);
  connection->bytes = 0;
  if (connection->socket < 0) fail("Cannot accept: %s.", strerror(errno));
  setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &enabled, sizeof enabled);
  watch(poller, connection->socket, connection);
}

// The end of standard input is the signal to stop: no server outlives the program that started it.
static void run(int listener) {
  static char at_input, at_listener;
  int poller = epoll_create1(0);
  watch(poller, 0, &at_input);
  watch(poller, listener, &at_listener);
  for (;;) {
    struct epoll_event events[EVENTS_MAX];
    int ready = epoll_wait(poller, events, EVENTS_MAX, -1);
    for (int number = 0; number < ready; number++) {
      struct connection *connection = events[number].data.ptr;
      if (events[number].data.ptr == &at_input) return;
      if (events[number].data.ptr == &at_listener) accept_connection(poller, listener);
      else if (!serve(connection)) {
        close(connection->socket);
        free(connection);
      }
    }
  }
}

int main(int count, char **arguments) {
  if (count != 2) {
    fprintf(stderr, "Usage: %s DATA_FOLDER\n", arguments[0]);
    return 2;
  }
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  signal(SIGPIPE, SIG_IGN);
  data_folder = arguments[1];
  run(listen_on_loopback());
  return 0;
}
