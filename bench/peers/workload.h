// What the C++ peers share: the workloads' numbers, the counts, and how they are told. See README.md.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>
#include <time.h>
#include <vector>

struct Vrr {
  bool part;
  int pcpus, vcpus;
  int64_t slice, end;  // us

  bool hog(int v) const { return v / pcpus % 2 == 0; }
  int64_t sleep(int v) const { return 4000 + int64_t(v) * 7919 % 2048; }
  int queue(int v) const { return part ? v % pcpus : 0; }
  int queues() const { return part ? pcpus : 1; }
};

constexpr int64_t kWork = 100;  // us, for each wake-up of an I/O vCPU

struct Counts {
  int64_t wakes = 0, slice_ends = 0, completions = 0, decisions = 0, wait_sum = 0, wait_max = 0;

  void waited(int64_t us) {
    wait_sum += us;
    if (us > wait_max) wait_max = us;
  }
};

// The delays of the hold model: uniform over 1 to 2^20.
inline std::vector<int64_t> hold_delays() {
  std::vector<int64_t> delays(4096);
  uint64_t x = 88172645463325252ULL;
  for (auto& d : delays) {
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    d = 1 + int64_t((x * 2685821657736338717ULL) >> 44);
  }
  return delays;
}

inline int64_t cpu_ns() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

inline void tell(const Counts& c, int64_t ns) {
  std::printf("{\"events\":%lld,\"wakes\":%lld,\"slice_ends\":%lld,\"completions\":%lld,\"decisions\":%lld,"
              "\"wait_sum\":%lld,\"wait_max\":%lld,\"cpu_ns\":%lld}\n",
              (long long)(c.wakes + c.slice_ends + c.completions), (long long)c.wakes, (long long)c.slice_ends,
              (long long)c.completions, (long long)c.decisions, (long long)c.wait_sum, (long long)c.wait_max,
              (long long)ns);
}

inline void tell_hold(int64_t events, int64_t ns) {
  std::printf("{\"events\":%lld,\"cpu_ns\":%lld}\n", (long long)events, (long long)ns);
}

// vrr MODE PCPUS PER_PCPU SLICE END, or hold PENDING EVENTS
inline int run(int argc, char** argv, Counts (*vrr)(const Vrr&), void (*hold)(int, int64_t)) {
  if (argc == 7 && !std::strcmp(argv[1], "vrr")) {
    Vrr w{!std::strcmp(argv[2], "part"), std::atoi(argv[3]), std::atoi(argv[3]) * std::atoi(argv[4]),
          std::atoll(argv[5]), std::atoll(argv[6])};
    auto began = cpu_ns();
    auto counts = vrr(w);
    tell(counts, cpu_ns() - began);
    return 0;
  }
  if (argc == 4 && !std::strcmp(argv[1], "hold")) {
    auto began = cpu_ns();
    hold(std::atoi(argv[2]), std::atoll(argv[3]));
    tell_hold(std::atoll(argv[3]), cpu_ns() - began);
    return 0;
  }
  std::fprintf(stderr, "usage: %s vrr part|glob PCPUS PER_PCPU SLICE_US END_US | hold PENDING EVENTS\n", argv[0]);
  return 2;
}
