using System.Runtime.InteropServices;
using Flms.Cli;

// The first Ctrl-C asks the verb to stop; the second ends the process, in case it does not listen.
using var stop = new CancellationTokenSource();
void OnSignal(PosixSignalContext signal)
{
    if (stop.IsCancellationRequested) return;
    signal.Cancel = true;
    stop.Cancel();
}
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
return Cli.Run(args, Terminal.OfProcess(stop.Token));
