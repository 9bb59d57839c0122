using System.Runtime.InteropServices;
using Flms.Cli;

// Ctrl-C asks the verb to stop. One that does not listen in time, or a second Ctrl-C, ends the process; result files
// are written beside their targets, so that nothing half-done is left but what is deleted here.
using var stop = new CancellationTokenSource();
var terminal = Terminal.OfProcess(stop.Token);
void End()
{
    OutputFile.DeleteParts();
    Environment.Exit(ExitCode.Interrupted);
}
void OnSignal(PosixSignalContext signal)
{
    signal.Cancel = true;
    if (stop.IsCancellationRequested) End();
    stop.Cancel();
    _ = Task.Delay(TimeSpan.FromSeconds(2)).ContinueWith(_ =>
    {
        if (!terminal.PutsBack) End();
    }, TaskScheduler.Default);
}
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
return Cli.Run(args, terminal);
