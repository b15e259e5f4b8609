// The load generator: connects, sends or polls as fast as the other side answers, and prints one
// line of JSON. It sends the same bytes to Veltro and to the ceiling and measures both alike.
#include <getopt.h>
#include <pthread.h>

#include "common.h"

enum {
  METADATA_BYTES = 9 + 9 + 6 + 4,
  SEND_FRAME_BYTES_MAX = REQUEST_HEADER_BYTES + 4 + METADATA_BYTES +
                         MESSAGES_PER_BATCH * (INDEX_ENTRY_BYTES + MESSAGE_BYTES),
  ANSWER_BYTES_MAX = POLL_HEADER_BYTES + MESSAGES_PER_BATCH * MESSAGE_BYTES,
  CONTROL_FRAME_BYTES_MAX = 256,
  DEPTH_MAX = 1024,
};

// The stream and the topic share this name: seven letters, as a name of the protocol.
static const uint8_t NAME[] = "\x07" "ceiling";
enum { NAME_BYTES = sizeof NAME - 1 };

struct options {
  const char *mode;
  int port;
  uint32_t connections;
  uint32_t batches;
  uint32_t messages;
  uint32_t passes;
  uint32_t depth;
  unsigned deadline_seconds;
  bool offsets_assigned;
  bool followed;
};

struct worker {
  pthread_t thread;
  uint32_t number;
  int socket;
  uint8_t *memory;
  size_t frame_bytes;
  uint64_t *latencies_ns;
  size_t latency_count;
  size_t latency_room;
  uint64_t finished_ns;
};

struct gate {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  uint32_t waiting;
  bool open;
};

static struct options options = {.connections = 1,
                                 .batches = 100,
                                 .messages = MESSAGES_PER_BATCH,
                                 .passes = 1,
                                 .depth = 1,
                                 .deadline_seconds = 60,
                                 .offsets_assigned = true};
static struct gate gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, false};

// ── Requests ─────────────────────────────────────────────────────────────────────────────────────

static uint8_t *put_name_identifier(uint8_t *at) {
  return put_bytes(put_u8(at, 2), NAME, NAME_BYTES);
}

static void write_frame(int socket, const uint8_t *frame, size_t bytes) {
  if (!write_fully(socket, frame, bytes)) fail("Cannot send a request: %s.", strerror(errno));
}

// Reads the header of an answer, insists on status OK and gives the size of the payload.
static uint32_t read_answer_header(int socket, const char *request) {
  uint8_t header[RESPONSE_HEADER_BYTES];
  if (!read_exactly(socket, header, sizeof header))
    fail("The connection ended before the answer to %s.", request);
  uint32_t status = get_u32(header);
  if (status != 0) fail("%s was answered with status %u.", request, status);
  return get_u32(header + 4);
}

static void create_stream(int socket) {
  uint8_t frame[CONTROL_FRAME_BYTES_MAX];
  uint8_t *at = put_bytes(frame + REQUEST_HEADER_BYTES, NAME, NAME_BYTES);
  ask(socket, frame, finish_request(frame, CODE_CREATE_STREAM, at), NULL, 0);
}

static void delete_stream(int socket) {
  uint8_t frame[CONTROL_FRAME_BYTES_MAX];
  uint8_t *at = put_name_identifier(frame + REQUEST_HEADER_BYTES);
  ask(socket, frame, finish_request(frame, CODE_DELETE_STREAM, at), NULL, 0);
}

static void create_topic(int socket, uint32_t partitions) {
  uint8_t frame[CONTROL_FRAME_BYTES_MAX];
  uint8_t *at = put_name_identifier(frame + REQUEST_HEADER_BYTES);
  at = put_u8(put_u32(at, partitions), 1);
  at = put_u64(put_u64(at, UINT64_MAX), UINT64_MAX);
  at = put_bytes(put_u8(at, 1), NAME, NAME_BYTES);
  ask(socket, frame, finish_request(frame, CODE_CREATE_TOPIC, at), NULL, 0);
}

// ── Sending ──────────────────────────────────────────────────────────────────────────────────────

static uint8_t *put_message(uint8_t *at, uint32_t partition, uint32_t number) {
  memset(at, 0, MESSAGE_HEADER_BYTES);
  put_u64(put_u64(at + 8, number + 1), partition + 1);
  put_u32(at + 52, PAYLOAD_BYTES);
  for (int byte = 0; byte < PAYLOAD_BYTES; byte++)
    at[MESSAGE_HEADER_BYTES + byte] = (uint8_t)(byte * 31 + number * 7 + partition);
  return at + MESSAGE_BYTES;
}

// Gives the bytes of the frame.
static size_t encode_batch(uint8_t *frame, uint32_t partition) {
  uint8_t *at = put_u32(frame + REQUEST_HEADER_BYTES, METADATA_BYTES);
  at = put_name_identifier(put_name_identifier(at));
  at = put_u32(put_u8(put_u8(at, 2), 4), partition);
  at = put_u32(at, options.messages);
  for (uint32_t number = 0; number < options.messages; number++)
    at = put_u64(put_u32(put_u32(at, 0), (number + 1) * MESSAGE_BYTES), 0);
  for (uint32_t number = 0; number < options.messages; number++)
    at = put_message(at, partition, number);
  finish_request(frame, CODE_SEND_MESSAGES, at);
  return (size_t)(at - frame);
}

static void note_latency(struct worker *worker, uint64_t sent_ns) {
  if (worker->latency_count == worker->latency_room) {
    worker->latency_room *= 2;
    size_t bytes = worker->latency_room * sizeof *worker->latencies_ns;
    worker->latencies_ns = realloc(worker->latencies_ns, bytes);
    if (worker->latencies_ns == NULL) fail("Out of memory for latencies.");
  }
  worker->finished_ns = now_ns();
  worker->latencies_ns[worker->latency_count++] = worker->finished_ns - sent_ns;
}

static void send_batches(struct worker *worker) {
  uint64_t sent_ns[DEPTH_MAX];
  uint32_t sent = 0;
  for (uint32_t answered = 0; answered < options.batches; answered++) {
    for (; sent < options.batches && sent - answered < options.depth; sent++) {
      sent_ns[sent % options.depth] = now_ns();
      write_frame(worker->socket, worker->memory, worker->frame_bytes);
    }
    uint32_t bytes = read_answer_header(worker->socket, "SendMessages");
    if (bytes != 0) fail("SendMessages was answered with %u bytes instead of none.", bytes);
    note_latency(worker, sent_ns[answered % options.depth]);
  }
}

// ── Polling ──────────────────────────────────────────────────────────────────────────────────────

static void write_poll(struct worker *worker, uint64_t offset, uint32_t count) {
  uint8_t frame[CONTROL_FRAME_BYTES_MAX];
  uint8_t *at = put_u8(frame + REQUEST_HEADER_BYTES, 1);
  at = put_u32(put_u8(put_u8(at, 1), 4), worker->number + 1);
  at = put_name_identifier(put_name_identifier(at));
  at = put_u32(put_u8(at, 1), worker->number);
  at = put_u64(put_u8(at, 1), offset);
  at = put_u8(put_u32(at, count), 0);
  finish_request(frame, CODE_POLL_MESSAGES, at);
  write_frame(worker->socket, frame, (size_t)(at - frame));
}

static void check_message(const uint8_t *message, uint32_t partition, uint64_t offset) {
  unsigned long long shown = offset;
  uint64_t expected = options.offsets_assigned ? offset : 0;
  if (get_u64(message + 24) != expected)
    fail("Message %llu says that its offset is %llu.", shown,
         (unsigned long long)get_u64(message + 24));
  bool same_id = get_u64(message + 8) == offset % options.messages + 1 &&
                 get_u64(message + 16) == partition + 1;
  if (!same_id) fail("Message %llu of partition %u has a wrong id.", shown, partition);
  if (get_u32(message + 52) != PAYLOAD_BYTES) fail("Message %llu has a wrong length.", shown);
}

// Checks the sizes, and the first and the last message; gives the number of messages.
static uint32_t check_answer(const struct worker *worker, uint32_t bytes, uint64_t offset,
                             uint32_t asked) {
  uint32_t partition = get_u32(worker->memory);
  uint32_t count = get_u32(worker->memory + 12);
  if (partition != worker->number)
    fail("Partition %u answered for %u.", partition, worker->number);
  if (count == 0 || count > asked || bytes != POLL_HEADER_BYTES + count * MESSAGE_BYTES)
    fail("A poll of %u messages at %llu was answered with %u messages in %u bytes.", asked,
         (unsigned long long)offset, count, bytes);
  const uint8_t *first = worker->memory + POLL_HEADER_BYTES;
  check_message(first, partition, offset);
  check_message(first + (size_t)(count - 1) * MESSAGE_BYTES, partition, offset + count - 1);
  return count;
}

static void poll_pass(struct worker *worker) {
  uint64_t total = (uint64_t)options.batches * options.messages;
  for (uint64_t offset = 0; offset < total;) {
    uint64_t left = total - offset;
    uint32_t asked = left < options.messages ? (uint32_t)left : options.messages;
    uint64_t sent_ns = now_ns();
    write_poll(worker, offset, asked);
    uint32_t bytes = read_answer_header(worker->socket, "PollMessages");
    if (bytes < POLL_HEADER_BYTES || bytes > ANSWER_BYTES_MAX)
      fail("A poll was answered with %u bytes.", bytes);
    if (!read_exactly(worker->socket, worker->memory, bytes)) fail("A poll answer is cut off.");
    note_latency(worker, sent_ns);
    offset += check_answer(worker, bytes, offset, asked);
  }
}

// Asks for what is not there yet, as a consumer does that has read everything.
static void poll_end(struct worker *worker) {
  write_poll(worker, 0, options.messages);
  uint32_t bytes = read_answer_header(worker->socket, "PollMessages");
  if (bytes != POLL_HEADER_BYTES) fail("A poll of nothing was answered with %u bytes.", bytes);
  if (!read_exactly(worker->socket, worker->memory, bytes)) fail("A poll answer is cut off.");
}

static void poll_batches(struct worker *worker) {
  for (uint32_t pass = 0; pass < options.passes; pass++) poll_pass(worker);
}

// ── Workers ──────────────────────────────────────────────────────────────────────────────────────

static void wait_at_gate(void) {
  pthread_mutex_lock(&gate.lock);
  gate.waiting++;
  pthread_cond_broadcast(&gate.changed);
  while (!gate.open) pthread_cond_wait(&gate.changed, &gate.lock);
  pthread_mutex_unlock(&gate.lock);
}

static uint64_t open_gate(void) {
  pthread_mutex_lock(&gate.lock);
  while (gate.waiting < options.connections) pthread_cond_wait(&gate.changed, &gate.lock);
  gate.open = true;
  uint64_t opened_ns = now_ns();
  pthread_cond_broadcast(&gate.changed);
  pthread_mutex_unlock(&gate.lock);
  return opened_ns;
}

static void *work(void *argument) {
  struct worker *worker = argument;
  bool sending = strcmp(options.mode, "send") == 0;
  worker->memory = allocate_touched(sending ? SEND_FRAME_BYTES_MAX : ANSWER_BYTES_MAX);
  worker->latency_room = options.batches;
  worker->latencies_ns =
      (uint64_t *)allocate_touched(worker->latency_room * sizeof *worker->latencies_ns);
  if (options.followed) poll_end(worker);
  if (sending) worker->frame_bytes = encode_batch(worker->memory, worker->number);
  wait_at_gate();
  if (sending) send_batches(worker);
  else poll_batches(worker);
  return NULL;
}

static int connect_to_server(void) {
  int server = connect_to_port(options.port);
  login(server);
  return server;
}

static struct worker *start_workers(void) {
  struct worker *workers = calloc(options.connections, sizeof *workers);
  if (workers == NULL) fail("Out of memory for workers.");
  for (uint32_t number = 0; number < options.connections; number++) {
    workers[number].number = number;
    workers[number].socket = connect_to_server();
  }
  if (strcmp(options.mode, "send") == 0) {
    create_stream(workers[0].socket);
    create_topic(workers[0].socket, options.connections);
  }
  for (uint32_t number = 0; number < options.connections; number++) {
    struct worker *worker = &workers[number];
    int problem = pthread_create(&worker->thread, NULL, work, worker);
    if (problem != 0) fail("Cannot start a thread: %s.", strerror(problem));
  }
  return workers;
}

// ── Result ───────────────────────────────────────────────────────────────────────────────────────

static int compare_u64(const void *left, const void *right) {
  uint64_t a = *(const uint64_t *)left;
  uint64_t b = *(const uint64_t *)right;
  return (a > b) - (a < b);
}

static double percentile_us(const uint64_t *sorted_ns, size_t count, size_t percent) {
  size_t rank = (count * percent + 99) / 100;
  return (double)sorted_ns[rank - 1] / 1000.0;
}

static uint64_t *gather_latencies(const struct worker *workers, size_t *count) {
  *count = 0;
  for (uint32_t number = 0; number < options.connections; number++)
    *count += workers[number].latency_count;
  uint64_t *all = (uint64_t *)allocate_touched(*count * sizeof *all);
  uint64_t *at = all;
  for (uint32_t number = 0; number < options.connections; number++) {
    memcpy(at, workers[number].latencies_ns, workers[number].latency_count * sizeof *all);
    at += workers[number].latency_count;
  }
  qsort(all, *count, sizeof *all, compare_u64);
  return all;
}

static void print_result(const struct worker *workers, uint64_t started_ns) {
  uint64_t finished_ns = 0;
  for (uint32_t number = 0; number < options.connections; number++)
    if (workers[number].finished_ns > finished_ns) finished_ns = workers[number].finished_ns;
  size_t count;
  uint64_t *latencies_ns = gather_latencies(workers, &count);
  double seconds = (double)(finished_ns - started_ns) / 1e9;
  double batches = (double)options.connections * options.batches * options.passes;
  double bytes = batches * options.messages * PAYLOAD_BYTES;
  printf("{\"mode\":\"%s\",\"connections\":%u,\"batches\":%u,\"passes\":%u,\"bytes\":%.0f,\"requests\":%zu,"
         "\"seconds\":%.6f,\"mbPerSecond\":%.1f,\"latencyUsP50\":%.1f,\"latencyUsP99\":%.1f}\n",
         options.mode, options.connections, options.batches, options.passes, bytes, count, seconds,
         bytes / 1e6 / seconds, percentile_us(latencies_ns, count, 50),
         percentile_us(latencies_ns, count, 99));
}

// ── Arguments ────────────────────────────────────────────────────────────────────────────────────

static void usage(void) {
  fputs("Usage: load send|poll|delete PORT [--connections N] [--batches N] [--messages N]\n"
        "            [--passes N] [--depth N] [--deadline SECONDS]\n"
        "            [--offsets assigned|unassigned] [--followed]\n",
        stderr);
  exit(2);
}

static void take_option(int letter) {
  switch (letter) {
    case 'c': options.connections = whole_number(optarg, PARTITIONS_MAX); break;
    case 'b': options.batches = whole_number(optarg, 1000000); break;
    case 'm': options.messages = whole_number(optarg, MESSAGES_PER_BATCH); break;
    case 'p': options.passes = whole_number(optarg, 1000000); break;
    case 'd': options.depth = whole_number(optarg, DEPTH_MAX); break;
    case 't': options.deadline_seconds = whole_number(optarg, 3600); break;
    case 'f': options.followed = true; break;
    case 'o': options.offsets_assigned = strcmp(optarg, "unassigned") != 0; break;
    default: usage();
  }
}

static void parse_arguments(int count, char **arguments) {
  static const struct option known[] = {{"connections", required_argument, NULL, 'c'},
                                        {"batches", required_argument, NULL, 'b'},
                                        {"messages", required_argument, NULL, 'm'},
                                        {"passes", required_argument, NULL, 'p'},
                                        {"depth", required_argument, NULL, 'd'},
                                        {"deadline", required_argument, NULL, 't'},
                                        {"followed", no_argument, NULL, 'f'},
                                        {"offsets", required_argument, NULL, 'o'},
                                        {NULL, 0, NULL, 0}};
  if (count < 3) usage();
  options.mode = arguments[1];
  options.port = (int)whole_number(arguments[2], 65535);
  bool sending = strcmp(options.mode, "send") == 0;
  if (!sending && strcmp(options.mode, "poll") != 0 && strcmp(options.mode, "delete") != 0) usage();
  optind = 3;
  for (int letter; (letter = getopt_long(count, arguments, "", known, NULL)) != -1;)
    take_option(letter);
  if (optind != count || (sending ? options.passes : options.depth) != 1) usage();
}

int main(int count, char **arguments) {
  parse_arguments(count, arguments);
  set_deadline(options.deadline_seconds);
  if (strcmp(options.mode, "delete") == 0) {
    delete_stream(connect_to_server());
    return 0;
  }
  struct worker *workers = start_workers();
  uint64_t started_ns = open_gate();
  for (uint32_t number = 0; number < options.connections; number++)
    pthread_join(workers[number].thread, NULL);
  print_result(workers, started_ns);
  return 0;
}
