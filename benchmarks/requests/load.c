// The load generator for small requests: many connections on one thread, each with some requests
// under way. It prints one line of JSON. Veltro, ceiling and echo server get the same bytes.
#include <dirent.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include "../ceiling/common.h"

enum {
  TOKEN_BYTES_MAX = 256,
  CONNECTIONS_MAX = 50000,
  TOPICS_MAX = 100000,
  PARTITIONS_PER_TOPIC_MAX = 1000,
  DEPTH_MAX = 1024,
  MESSAGES_MAX = 1000,
  PAYLOAD_BYTES_MAX = 16 * 1024,
  FRAME_ROOM = PAYLOAD_BYTES_MAX + 512,
  ANSWERS_ROOM = 64 * 1024,
  EVENTS_MAX = 512,
  BUCKETS_PER_POWER = 64,
  BUCKETS = 64 * BUCKETS_PER_POWER,
};

// The name of the stream, and those of the topics without their number, as names of the protocol.
static const uint8_t STREAM[] = "\x08" "requests";
enum { STREAM_BYTES = sizeof STREAM - 1, TOPIC_NAME_BYTES = 6, TOPIC_BYTES = 1 + TOPIC_NAME_BYTES };

enum mode { MODE_CREATE, MODE_DELETE, MODE_SEND, MODE_POLL, MODE_PING, MODE_ECHO, MODE_IDLE };
static const char *const MODE_NAMES[] = {"create", "delete", "send", "poll",
                                         "ping",   "echo",   "idle"};
enum { MODES = sizeof MODE_NAMES / sizeof MODE_NAMES[0] };

struct options {
  enum mode mode;
  int port;
  uint32_t connections;
  uint32_t depth;
  uint32_t topics;
  uint32_t partitions;
  uint32_t messages;
  uint32_t payload_bytes;
  uint32_t milliseconds;
  uint32_t deadline_seconds;
  uint32_t server_pid;
  bool rotate;
};

struct connection {
  int socket;
  uint32_t number;
  uint32_t requests;
  uint32_t waiting;
  uint32_t answers_bytes;
  uint8_t *answers;
  uint64_t *sent_ns;
};

static struct options options = {.connections = 1,
                                 .depth = 1,
                                 .topics = 1,
                                 .partitions = 1,
                                 .messages = 1,
                                 .payload_bytes = 100,
                                 .milliseconds = 1000,
                                 .deadline_seconds = 60};
static uint64_t histogram[BUCKETS];
static uint64_t answered;
static uint8_t token[TOKEN_BYTES_MAX];
static uint32_t token_bytes;
static int poller;

// ── Requests ─────────────────────────────────────────────────────────────────────────────────────

static uint8_t *put_topic_name(uint8_t *at, uint32_t topic) {
  char name[TOPIC_BYTES + 1];
  snprintf(name, sizeof name, "\x06t%05u", topic % TOPICS_MAX);
  return put_bytes(at, name, TOPIC_BYTES);
}

static uint8_t *put_target(uint8_t *at, uint32_t topic) {
  at = put_bytes(put_u8(at, 2), STREAM, STREAM_BYTES);
  return put_topic_name(put_u8(at, 2), topic);
}

static uint8_t *put_message(uint8_t *at) {
  memset(at, 0, MESSAGE_HEADER_BYTES);
  put_u32(at + 52, options.payload_bytes);
  memset(at + MESSAGE_HEADER_BYTES, 'v', options.payload_bytes);
  return at + MESSAGE_HEADER_BYTES + options.payload_bytes;
}

static uint32_t message_bytes(void) {
  return MESSAGE_HEADER_BYTES + options.payload_bytes;
}

static uint8_t *put_send(uint8_t *frame, uint32_t topic, uint32_t partition, uint32_t count) {
  uint8_t *metadata = frame + REQUEST_HEADER_BYTES;
  uint8_t *at = put_target(metadata + 4, topic);
  at = put_u32(put_u8(put_u8(at, 2), 4), partition);
  at = put_u32(at, count);
  put_u32(metadata, (uint32_t)(at - metadata - 4));
  for (uint32_t number = 1; number <= count; number++)
    at = put_u64(put_u32(put_u32(at, 0), number * message_bytes()), 0);
  for (uint32_t number = 0; number < count; number++) at = put_message(at);
  return finish_request(frame, CODE_SEND_MESSAGES, at);
}

static uint8_t *put_poll(uint8_t *frame, uint32_t topic, uint32_t partition, uint64_t offset) {
  uint8_t *at = put_u8(frame + REQUEST_HEADER_BYTES, 1);
  at = put_u32(put_u8(put_u8(at, 1), 4), 1);
  at = put_u32(put_u8(put_target(at, topic), 1), partition);
  at = put_u64(put_u8(at, 1), offset);
  at = put_u8(put_u32(at, 1), 0);
  return finish_request(frame, CODE_POLL_MESSAGES, at);
}

// The place that a request is for: each connection has one, or goes round all of them.
static uint32_t place_of(const struct connection *connection, uint32_t request) {
  uint64_t step = options.rotate ? (uint64_t)request * options.connections : 0;
  return (uint32_t)((connection->number + step) % ((uint64_t)options.topics * options.partitions));
}

static uint8_t *put_request(uint8_t *frame, const struct connection *connection) {
  uint32_t place = place_of(connection, connection->requests);
  uint32_t topic = place / options.partitions, partition = place % options.partitions;
  switch (options.mode) {
    case MODE_POLL:
      return put_poll(frame, topic, partition, connection->requests % options.messages);
    case MODE_PING:
      return finish_request(frame, CODE_PING, frame + REQUEST_HEADER_BYTES);
    default:
      return put_send(frame, topic, partition, 1);
  }
}

// ── One request after the other ──────────────────────────────────────────────────────────────────

// Passwords are slow to check by intention. Only the first connection logs in with one, and gets a
// token for all others.
static void create_token(int server) {
  uint8_t frame[256], answer[TOKEN_BYTES_MAX];
  char name[32];
  int name_bytes = snprintf(name, sizeof name, "load-%d", (int)getpid());
  uint8_t *at = put_u8(frame + REQUEST_HEADER_BYTES, (uint8_t)name_bytes);
  at = put_u64(put_bytes(at, name, (size_t)name_bytes), 600000000);
  at = finish_request(frame, CODE_CREATE_TOKEN, at);
  token_bytes = ask(server, frame, at, answer, sizeof answer);
  memcpy(token, answer, token_bytes);
}

static void login_with_token(int server) {
  uint8_t frame[TOKEN_BYTES_MAX + 8];
  uint8_t *at = put_bytes(frame + REQUEST_HEADER_BYTES, token, token_bytes);
  ask(server, frame, finish_request(frame, CODE_LOGIN_WITH_TOKEN, at), NULL, 0);
}

// As a login does for the others: who opens connections faster than they are accepted gets some
// that are not known at the other side, and wait for a second and more.
static void await_echo(int server) {
  uint8_t byte = 'v';
  if (!write_fully(server, &byte, 1) || !read_exactly(server, &byte, 1))
    fail("A connection ended before its first echo.");
}

static int open_connection(void) {
  int server = connect_to_port(options.port);
  if (options.mode == MODE_ECHO) {
    await_echo(server);
    return server;
  }
  if (token_bytes > 0) {
    login_with_token(server);
    return server;
  }
  login(server);
  if (options.connections > 1) create_token(server);
  return server;
}

static void create_topic(int server, uint32_t topic) {
  uint8_t frame[256];
  uint8_t *at = put_bytes(put_u8(frame + REQUEST_HEADER_BYTES, 2), STREAM, STREAM_BYTES);
  at = put_u8(put_u32(at, options.partitions), 1);
  at = put_u8(put_u64(put_u64(at, UINT64_MAX), UINT64_MAX), 1);
  at = put_topic_name(at, topic);
  ask(server, frame, finish_request(frame, CODE_CREATE_TOPIC, at), NULL, 0);
}

static void fill_topic(int server, uint32_t topic) {
  size_t room = 512 + (size_t)options.messages * (INDEX_ENTRY_BYTES + message_bytes());
  uint8_t *frame = allocate_touched(room);
  for (uint32_t partition = 0; partition < options.partitions; partition++)
    ask(server, frame, put_send(frame, topic, partition, options.messages), NULL, 0);
  free(frame);
}

static void create(int server) {
  uint8_t frame[256];
  uint8_t *at = put_bytes(frame + REQUEST_HEADER_BYTES, STREAM, STREAM_BYTES);
  ask(server, frame, finish_request(frame, CODE_CREATE_STREAM, at), NULL, 0);
  for (uint32_t topic = 0; topic < options.topics; topic++) {
    create_topic(server, topic);
    fill_topic(server, topic);
  }
}

static void delete(int server) {
  uint8_t frame[256];
  uint8_t *at = put_bytes(put_u8(frame + REQUEST_HEADER_BYTES, 2), STREAM, STREAM_BYTES);
  ask(server, frame, finish_request(frame, CODE_DELETE_STREAM, at), NULL, 0);
}

// ── Many requests ────────────────────────────────────────────────────────────────────────────────

static uint32_t bucket_of(uint64_t value) {
  if (value < BUCKETS_PER_POWER) return (uint32_t)value;
  uint32_t power = 63 - (uint32_t)__builtin_clzll(value);
  return (power - 5) * BUCKETS_PER_POWER + (uint32_t)(value >> (power - 6)) - BUCKETS_PER_POWER;
}

static uint64_t value_of(uint32_t bucket) {
  if (bucket < 2 * BUCKETS_PER_POWER) return bucket;
  uint32_t power = bucket / BUCKETS_PER_POWER + 5;
  return ((uint64_t)bucket % BUCKETS_PER_POWER + BUCKETS_PER_POWER) << (power - 6);
}

static double percentile_us(double share) {
  uint64_t rank = (uint64_t)((double)answered * share), seen = 0;
  for (uint32_t bucket = 0; bucket < BUCKETS; bucket++) {
    seen += histogram[bucket];
    if (seen > rank) return (double)value_of(bucket) / 1000.0;
  }
  return 0;
}

// Sends new requests until `depth` are under way, all of them in one call.
static void send_requests(struct connection *connection) {
  static uint8_t *frames;
  if (frames == NULL) frames = allocate_touched((size_t)DEPTH_MAX * FRAME_ROOM);
  uint8_t *at = frames;
  uint64_t sent_ns = now_ns();
  for (; connection->waiting < options.depth; connection->waiting++) {
    at = put_request(at, connection);
    connection->sent_ns[connection->requests++ % options.depth] = sent_ns;
  }
  // The socket blocks: the other side always reads, apart from a short while.
  if (!write_fully(connection->socket, frames, (size_t)(at - frames)))
    fail("Cannot send requests: %s.", strerror(errno));
}

static void check_polled(const struct connection *connection, const uint8_t *answer,
                         uint32_t bytes) {
  uint32_t request = connection->requests - connection->waiting;
  const uint8_t *payload = answer + RESPONSE_HEADER_BYTES;
  uint32_t partition = place_of(connection, request) % options.partitions;
  if (bytes != POLL_HEADER_BYTES + message_bytes() || get_u32(payload) != partition ||
      get_u32(payload + 12) != 1)
    fail("A poll of one message was answered with %u bytes.", bytes);
}

// Bytes of the answer at the front of those received, 0 while it is not complete.
static uint32_t take_answer(const struct connection *connection, const uint8_t *at, uint32_t left) {
  if (options.mode == MODE_ECHO) {
    static uint32_t echo_bytes;
    uint8_t frame[FRAME_ROOM];
    if (echo_bytes == 0) echo_bytes = (uint32_t)(put_request(frame, connection) - frame);
    return left < echo_bytes ? 0 : echo_bytes;
  }
  if (left < RESPONSE_HEADER_BYTES) return 0;
  uint32_t status = get_u32(at), bytes = get_u32(at + 4);
  if (status != 0) fail("A request was answered with status %u.", status);
  if (left < RESPONSE_HEADER_BYTES + bytes) return 0;
  if (options.mode == MODE_POLL) check_polled(connection, at, bytes);
  else if (bytes != 0) fail("A request was answered with %u bytes instead of none.", bytes);
  return RESPONSE_HEADER_BYTES + bytes;
}

static void note_answer(struct connection *connection, uint64_t time_ns) {
  uint32_t request = connection->requests - connection->waiting--;
  histogram[bucket_of(time_ns - connection->sent_ns[request % options.depth])]++;
  answered++;
}

static void read_answers(struct connection *connection) {
  uint8_t *answers = connection->answers;
  ssize_t got = read(connection->socket, answers + connection->answers_bytes,
                     ANSWERS_ROOM - connection->answers_bytes);
  if (got <= 0) fail("A connection ended in the middle of the work.");
  uint32_t end = connection->answers_bytes + (uint32_t)got, start = 0;
  uint64_t time_ns = now_ns();
  for (uint32_t bytes; (bytes = take_answer(connection, answers + start, end - start)) > 0;) {
    start += bytes;
    note_answer(connection, time_ns);
  }
  connection->answers_bytes = end - start;
  memmove(answers, answers + start, end - start);
}

static struct connection *open_connections(void) {
  struct connection *connections = calloc(options.connections, sizeof *connections);
  if (connections == NULL) fail("Out of memory for connections.");
  for (uint32_t number = 0; number < options.connections; number++) {
    struct connection *connection = &connections[number];
    connection->number = number;
    connection->socket = open_connection();
    connection->answers = malloc(ANSWERS_ROOM);
    connection->sent_ns = malloc(options.depth * sizeof *connection->sent_ns);
    if (connection->answers == NULL || connection->sent_ns == NULL) fail("Out of memory.");
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = connection}};
    epoll_ctl(poller, EPOLL_CTL_ADD, connection->socket, &event);
  }
  return connections;
}

// Serves answers up to a time; those that come later are waited for when `drain` is set.
static void serve(uint64_t until_ns, bool drain, uint64_t waiting) {
  struct epoll_event events[EVENTS_MAX];
  while (drain ? waiting > 0 : now_ns() < until_ns) {
    int ready = epoll_wait(poller, events, EVENTS_MAX, 100);
    for (int number = 0; number < ready; number++) {
      struct connection *connection = events[number].data.ptr;
      uint32_t before = connection->waiting;
      read_answers(connection);
      if (drain) waiting -= before - connection->waiting;
      else if (connection->waiting < options.depth) send_requests(connection);
    }
  }
}

// Processor time of the server, in the kernel's ticks: of its first thread, and of all others.
struct server_ticks {
  uint64_t main;
  uint64_t others;
};

static uint64_t thread_ticks(const char *thread) {
  char path[64 + NAME_MAX], text[1024] = "";
  snprintf(path, sizeof path, "/proc/%u/task/%s/stat", options.server_pid, thread);
  int file = open(path, O_RDONLY);
  if (file < 0) return 0;
  ssize_t bytes = read(file, text, sizeof text - 1);
  close(file);
  const char *fields = bytes > 0 ? strrchr(text, ')') : NULL;
  unsigned long long user = 0, system = 0;
  if (fields != NULL)
    sscanf(fields, ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu %llu", &user, &system);
  return user + system;
}

static struct server_ticks server_ticks(void) {
  struct server_ticks ticks = {0, 0};
  char path[64];
  snprintf(path, sizeof path, "/proc/%u/task", options.server_pid);
  DIR *threads = options.server_pid == 0 ? NULL : opendir(path);
  if (threads == NULL) return ticks;
  for (struct dirent *entry; (entry = readdir(threads)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    bool is_main = strtoul(entry->d_name, NULL, 10) == options.server_pid;
    *(is_main ? &ticks.main : &ticks.others) += thread_ticks(entry->d_name);
  }
  closedir(threads);
  return ticks;
}

static double us_each(uint64_t before, uint64_t after) {
  uint64_t ticks = after > before ? after - before : 0;
  return (double)ticks / (double)sysconf(_SC_CLK_TCK) * 1e6 / (double)answered;
}

static double cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void print_result(double seconds, double cpu, struct server_ticks before) {
  struct server_ticks after = server_ticks();
  printf("{\"mode\":\"%s\",\"connections\":%u,\"depth\":%u,\"requests\":%llu,\"seconds\":%.6f,"
         "\"requestsPerSecond\":%.0f,\"latencyUsP50\":%.1f,\"latencyUsP99\":%.1f,"
         "\"latencyUsP999\":%.1f,\"loadCpuShare\":%.3f,\"acceptorUs\":%.2f,\"othersUs\":%.2f}\n",
         MODE_NAMES[options.mode], options.connections, options.depth,
         (unsigned long long)answered, seconds, (double)answered / seconds, percentile_us(0.5),
         percentile_us(0.99), percentile_us(0.999), cpu / seconds,
         us_each(before.main, after.main), us_each(before.others, after.others));
}

static void measure(struct connection *connections) {
  double cpu_before = cpu_seconds();
  struct server_ticks ticks_before = server_ticks();
  uint64_t started_ns = now_ns();
  for (uint32_t number = 0; number < options.connections; number++)
    send_requests(&connections[number]);
  serve(started_ns + (uint64_t)options.milliseconds * 1000000, false, 0);
  double seconds = (double)(now_ns() - started_ns) / 1e9;
  if (answered == 0) fail("No request was answered in %u ms.", options.milliseconds);
  print_result(seconds, cpu_seconds() - cpu_before, ticks_before);
  uint64_t waiting = 0;
  for (uint32_t number = 0; number < options.connections; number++)
    waiting += connections[number].waiting;
  serve(0, true, waiting);
}

// Says that all connections are open, and keeps them until the end of standard input.
static void idle(void) {
  printf("{\"event\":\"ready\",\"tcp\":\"127.0.0.1:%d\"}\n", options.port);
  fflush(stdout);
  while (getchar() != EOF) continue;
}

// ── Arguments ────────────────────────────────────────────────────────────────────────────────────

static void usage(void) {
  fputs("Usage: load create|delete|send|poll|ping|echo|idle PORT [--connections N] [--depth N]\n"
        "            [--topics N] [--partitions N] [--messages N] [--bytes N] [--rotate]\n"
        "            [--milliseconds N] [--deadline SECONDS] [--pid SERVER]\n",
        stderr);
  exit(2);
}

static void take_option(int letter) {
  switch (letter) {
    case 'c': options.connections = whole_number(optarg, CONNECTIONS_MAX); break;
    case 'd': options.depth = whole_number(optarg, DEPTH_MAX); break;
    case 't': options.topics = whole_number(optarg, TOPICS_MAX); break;
    case 'p': options.partitions = whole_number(optarg, PARTITIONS_PER_TOPIC_MAX); break;
    case 'm': options.messages = whole_number(optarg, MESSAGES_MAX); break;
    case 'b': options.payload_bytes = whole_number(optarg, PAYLOAD_BYTES_MAX); break;
    case 's': options.milliseconds = whole_number(optarg, 3600000); break;
    case 'l': options.deadline_seconds = whole_number(optarg, 86400); break;
    case 'r': options.rotate = true; break;
    case 'i': options.server_pid = whole_number(optarg, UINT32_MAX); break;
    default: usage();
  }
}

static void parse_arguments(int count, char **arguments) {
  static const struct option known[] = {
      {"connections", required_argument, NULL, 'c'}, {"depth", required_argument, NULL, 'd'},
      {"topics", required_argument, NULL, 't'},      {"partitions", required_argument, NULL, 'p'},
      {"messages", required_argument, NULL, 'm'},    {"bytes", required_argument, NULL, 'b'},
      {"milliseconds", required_argument, NULL, 's'}, {"deadline", required_argument, NULL, 'l'},
      {"rotate", no_argument, NULL, 'r'},            {"pid", required_argument, NULL, 'i'},
      {NULL, 0, NULL, 0}};
  if (count < 3) usage();
  int mode = 0;
  while (mode < MODES && strcmp(arguments[1], MODE_NAMES[mode]) != 0) mode++;
  if (mode == MODES) usage();
  options.mode = (enum mode)mode;
  options.port = (int)whole_number(arguments[2], 65535);
  optind = 3;
  for (int letter; (letter = getopt_long(count, arguments, "", known, NULL)) != -1;)
    take_option(letter);
  if (optind != count) usage();
}

// Opens as many files as the system allows: it has the last word on the number of connections.
static void raise_file_limit(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int count, char **arguments) {
  parse_arguments(count, arguments);
  set_deadline(options.deadline_seconds);
  raise_file_limit();
  poller = epoll_create1(0);
  if (options.mode == MODE_CREATE) create(open_connection());
  else if (options.mode == MODE_DELETE) delete(open_connection());
  else {
    struct connection *connections = open_connections();
    if (options.mode == MODE_IDLE) idle();
    else measure(connections);
  }
  return 0;
}
