// The workloads on SimGrid: pCPUs and I/O vCPUs are actors, and meet at semaphores. See ../README.md.
// SimGrid's clock is a double of seconds; a second stands for a microsecond here, so that every time is exact.
#include <simgrid/s4u.hpp>

#include "../workload.h"

namespace sg4 = simgrid::s4u;

namespace {

class RoundRobin {
 public:
  explicit RoundRobin(const Vrr& w) : w_(w), queues_(w.queues()), woken_at_(w.vcpus, -1) {
    for (int q = 0; q < w.queues(); q++) ready_.push_back(sg4::Semaphore::create(0));
    for (int v = 0; v < w.vcpus; v++) done_.push_back(sg4::Semaphore::create(0));
  }

  Counts Run(sg4::Engine& engine, sg4::Host* host) {
    for (int v = 0; v < w_.vcpus; v++)
      if (w_.hog(v)) Wake(v);
      else sg4::Actor::create("io", host, [this, v] { Guest(v); });
    for (int p = 0; p < w_.pcpus; p++) sg4::Actor::create("pcpu", host, [this, p] { Pcpu(p); });
    // What happens at the end itself still counts.
    engine.run_until(double(w_.end) + 0.5);
    return counts_;
  }

 private:
  static int64_t Now() { return int64_t(sg4::Engine::get_clock() + 0.5); }

  void Wake(int v) {
    counts_.wakes++;
    queues_[w_.queue(v)].push_back(v);
    ready_[w_.queue(v)]->release();
  }

  void Guest(int v) {
    for (;;) {
      sg4::this_actor::sleep_for(double(w_.sleep(v)));
      woken_at_[v] = Now();
      Wake(v);
      done_[v]->acquire();
    }
  }

  void Pcpu(int p) {
    int q = w_.part ? p : 0;
    for (;;) {
      ready_[q]->acquire();
      counts_.decisions++;
      int v = queues_[q].front();
      queues_[q].pop_front();
      if (w_.hog(v)) {
        sg4::this_actor::sleep_for(double(w_.slice));
        counts_.slice_ends++;
        queues_[q].push_back(v);
        ready_[q]->release();
      } else {
        counts_.waited(Now() - woken_at_[v]);
        sg4::this_actor::sleep_for(double(kWork));
        counts_.completions++;
        done_[v]->release();
      }
    }
  }

  Vrr w_;
  std::vector<std::deque<int>> queues_;
  std::vector<int64_t> woken_at_;
  std::vector<sg4::SemaphorePtr> ready_, done_;
  Counts counts_;
};

sg4::Host* a_host() {
  auto* zone = sg4::create_full_zone("zone");
  auto* host = zone->create_host("host", 1e9);
  zone->seal();
  return host;
}

sg4::Engine* engine;

Counts vrr(const Vrr& w) {
  auto* host = a_host();
  auto* model = new RoundRobin(w);  // for ever: its semaphores must outlive those who wait there
  return model->Run(*engine, host);
}

void hold(int pending, int64_t events) {
  auto* host = a_host();
  auto delays = hold_delays();
  size_t next = 0;
  int64_t left = events;
  for (int i = 0; i < pending; i++)
    sg4::Actor::create("event", host, [&] {
      while (left > 0) {
        sg4::this_actor::sleep_for(double(delays[next++ & 4095]));
        left--;
      }
    });
  engine->run();
}

}  // namespace

int main(int argc, char** argv) {
  sg4::Engine e(&argc, argv);
  engine = &e;
  int code = run(argc, argv, vrr, hold);
  std::fflush(stdout);
  std::_Exit(code);  // actors that wait for ever would be complained about
}
