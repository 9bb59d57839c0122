// The remote machine that pings a guest: pinger ADDRESS COUNT RATE SEED
// Sends COUNT pings, RATE a second on average, each gap between half and one and a half of the average, so that they
// keep no step with anybody's clock; the same seed has the same gaps. It runs on a real-time thread, since nothing on a
// remote machine would wait for this one's pCPUs. Prints a line a ping: when it was sent (ns of the monotonic clock),
// how much later than was meant, and its round trip (ns, -1 if no answer came within 2 s of the last ping).
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
#define PATIENCE (2 * SECOND)
#define PRIORITY 50

struct ping { int64_t sent, late, trip; };
struct message { struct icmphdr head; char data[56]; };

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * SECOND + t.tv_nsec;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static uint16_t checksum(const void *data, size_t bytes) {
  const uint16_t *words = data;
  uint32_t sum = 0;
  for (size_t i = 0; i < bytes / 2; i++) sum += words[i];
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)~sum;
}

static int connect_to(const char *address) {
  struct sockaddr_in to = {.sin_family = AF_INET};
  int connection = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  if (connection < 0) fail("pinger: a raw socket");
  if (inet_pton(AF_INET, address, &to.sin_addr) != 1) fail("pinger: the address");
  if (connect(connection, (struct sockaddr *)&to, sizeof to) < 0) fail("pinger: the guest's network");
  return connection;
}

static void become_real_time(void) {
  struct sched_param priority = {.sched_priority = PRIORITY};
  mlockall(MCL_CURRENT | MCL_FUTURE); // a page fault now and then would be all that is lost
  if (sched_setscheduler(0, SCHED_FIFO, &priority) < 0) fail("pinger: a real-time thread");
}

// As a congruential generator has them, from Knuth's MMIX; the high bits are the good ones.
static int64_t next_gap(uint64_t *state, int64_t average) {
  *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
  return average / 2 + (int64_t)((*state >> 33) % (uint64_t)average);
}

static void send_ping(int connection, uint16_t id, uint16_t number) {
  struct message message = {.head = {.type = ICMP_ECHO}};
  message.head.un.echo.id = htons(id);
  message.head.un.echo.sequence = htons(number);
  message.head.checksum = checksum(&message, sizeof message);
  if (send(connection, &message, sizeof message, 0) < 0) fail("pinger: sending");
}

// Which ping has been answered; -1 if it is something else.
static int receive(int connection, uint16_t id) {
  char bytes[512];
  ssize_t length = recv(connection, bytes, sizeof bytes, 0);
  if (length < (ssize_t)sizeof(struct iphdr)) return -1;
  size_t head = ((struct iphdr *)bytes)->ihl * 4u;
  const struct icmphdr *icmp = (struct icmphdr *)(bytes + head);
  if (length < (ssize_t)(head + sizeof *icmp)) return -1;
  if (icmp->type != ICMP_ECHOREPLY || ntohs(icmp->un.echo.id) != id) return -1;
  return ntohs(icmp->un.echo.sequence);
}

static void wait_until(int connection, int64_t until) {
  struct pollfd watched = {.fd = connection, .events = POLLIN};
  int64_t left = until - now();
  struct timespec timeout = {.tv_sec = left > 0 ? left / SECOND : 0, .tv_nsec = left > 0 ? left % SECOND : 0};
  ppoll(&watched, 1, &timeout, NULL);
}

static void run(int connection, struct ping *pings, int count, int64_t average, uint64_t state) {
  uint16_t id = (uint16_t)getpid();
  int sent = 0, answered = 0;
  int64_t next = now() + next_gap(&state, average);
  while (sent < count || (answered < count && now() < next)) {
    if (sent < count && now() >= next) {
      pings[sent].sent = now();
      pings[sent].late = pings[sent].sent - next;
      pings[sent].trip = -1;
      send_ping(connection, id, (uint16_t)sent++);
      next += sent < count ? next_gap(&state, average) : PATIENCE;
    }
    wait_until(connection, next);
    for (struct pollfd ready = {.fd = connection, .events = POLLIN}; poll(&ready, 1, 0) > 0;) {
      int number = receive(connection, id);
      if (number < 0 || number >= sent || pings[number].trip >= 0) continue;
      pings[number].trip = now() - pings[number].sent;
      answered++;
    }
  }
}

int main(int words, char **word) {
  if (words != 5) return fprintf(stderr, "usage: pinger ADDRESS COUNT RATE SEED\n"), 2;
  int count = atoi(word[2]), rate = atoi(word[3]);
  if (count < 1 || count > 65535 || rate < 1) return fprintf(stderr, "pinger: COUNT is 1 to 65535\n"), 2;
  struct ping *pings = calloc((size_t)count, sizeof *pings);
  if (!pings) fail("pinger: memory");
  int connection = connect_to(word[1]);
  become_real_time();
  run(connection, pings, count, SECOND / rate, strtoull(word[4], NULL, 10));
  for (int i = 0; i < count; i++)
    printf("%lld %lld %lld\n", (long long)pings[i].sent, (long long)pings[i].late, (long long)pings[i].trip);
  return 0;
}
