// The workloads on ns-3's core: each event is a function that is scheduled. See ../README.md.
#include "ns3/core-module.h"

#include "../workload.h"

using namespace ns3;

namespace {

class RoundRobin {
 public:
  explicit RoundRobin(const Vrr& w)
      : w_(w), queues_(w.queues()), running_(w.pcpus, -1), woken_at_(w.vcpus, -1) {}

  Counts Run() {
    for (int v = 0; v < w_.vcpus; v++)
      Simulator::Schedule(MicroSeconds(w_.hog(v) ? 0 : w_.sleep(v)), &RoundRobin::Wake, this, v);
    // What happens at the end itself still counts.
    Simulator::Stop(MicroSeconds(w_.end) + NanoSeconds(1));
    Simulator::Run();
    Simulator::Destroy();
    return counts_;
  }

 private:
  static int64_t Now() { return Simulator::Now().GetMicroSeconds(); }

  void Wake(int v) {
    counts_.wakes++;
    if (!w_.hog(v)) woken_at_[v] = Now();
    queues_[w_.queue(v)].push_back(v);
    if (w_.part) {
      if (running_[v % w_.pcpus] < 0) Dispatch(v % w_.pcpus);
      return;
    }
    for (int p = 0; idle_ > 0 && p < w_.pcpus; p++)
      if (running_[p] < 0) {
        Dispatch(p);
        return;
      }
  }

  void Stop(int p) {
    int v = running_[p];
    running_[p] = -1;
    idle_++;
    if (w_.hog(v)) {
      counts_.slice_ends++;
      queues_[w_.queue(v)].push_back(v);
    } else {
      counts_.completions++;
      Simulator::Schedule(MicroSeconds(w_.sleep(v)), &RoundRobin::Wake, this, v);
    }
    Dispatch(p);
  }

  void Dispatch(int p) {
    auto& queue = queues_[w_.part ? p : 0];
    counts_.decisions++;
    if (queue.empty()) return;
    int v = queue.front();
    queue.pop_front();
    running_[p] = v;
    idle_--;
    if (woken_at_[v] >= 0) counts_.waited(Now() - woken_at_[v]);
    woken_at_[v] = -1;
    Simulator::Schedule(MicroSeconds(w_.hog(v) ? w_.slice : kWork), &RoundRobin::Stop, this, p);
  }

  Vrr w_;
  std::vector<std::deque<int>> queues_;
  std::vector<int> running_;
  std::vector<int64_t> woken_at_;
  int idle_ = w_.pcpus;
  Counts counts_;
};

class Hold {
 public:
  void Run(int pending, int64_t events) {
    left_ = events;
    for (int i = 0; i < pending; i++) Plan();
    Simulator::Run();
    Simulator::Destroy();
  }

 private:
  void Plan() { Simulator::Schedule(NanoSeconds(delays_[next_++ & 4095]), &Hold::Fire, this); }

  void Fire() {
    if (--left_ == 0) Simulator::Stop();
    Plan();
  }

  std::vector<int64_t> delays_ = hold_delays();
  size_t next_ = 0;
  int64_t left_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  // FLMS_NS3_QUEUE names another of ns-3's event queues than the default, as in ns3::PriorityQueueScheduler.
  if (const char* queue = std::getenv("FLMS_NS3_QUEUE"))
    GlobalValue::Bind("SchedulerType", TypeIdValue(TypeId::LookupByName(queue)));
  return run(
      argc, argv, [](const Vrr& w) { return RoundRobin(w).Run(); },
      [](int pending, int64_t events) { Hold().Run(pending, events); });
}
