using System.Diagnostics;
using System.Globalization;

namespace Flms.Agent.Tests;

/// <summary>A real process whose threads are called like a QEMU's; it ends with the test.</summary>
internal sealed class PretendVm : IDisposable
{
    private readonly Process _process;

    public PretendVm(string name, int vcpus)
    {
        Name = name;
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var word in (string[])[typeof(Pretender).Assembly.Location, "vm", "-name", name,
                     vcpus.ToString(CultureInfo.InvariantCulture)]) start.ArgumentList.Add(word);
        _process = Process.Start(start)!;
        Assert.Equal("ready", _process.StandardOutput.ReadLine());
    }

    public string Name { get; }

    public int Pid => _process.Id;

    /// <summary>Tells it to do something, and waits until it does.</summary>
    public void Tell(string what)
    {
        _process.StandardInput.WriteLine(what);
        _process.StandardInput.Flush();
        Assert.Equal("done", _process.StandardOutput.ReadLine());
    }

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }
}
