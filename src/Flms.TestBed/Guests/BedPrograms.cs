using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Flms.TestBed.Hosts;

namespace Flms.TestBed.Guests;

/// <summary>The bed's programs in C: the guest and the pinger. They come as sources and are built by gcc when they are
/// first used, and again when they have changed.</summary>
internal sealed class BedPrograms
{
    private static readonly string[] GuestFlags =
    [
        "-std=gnu11", "-O2", "-m64", "-ffreestanding", "-fno-pic", "-no-pie", "-mno-red-zone", "-mgeneral-regs-only",
        "-fno-stack-protector", "-fno-asynchronous-unwind-tables", "-fno-strict-aliasing", "-nostdlib", "-static",
        "-Wall", "-Wextra", "-Wl,--build-id=none", "-Wl,-z,max-page-size=4096", "-Wl,--no-warn-rwx-segments",
    ];

    private BedPrograms(string folder) => (Guest, Pinger) = ($"{folder}/guest.elf", $"{folder}/pinger.elf");

    /// <summary>The guest, for QEMU's <c>-kernel</c>.</summary>
    public string Guest { get; }

    /// <summary>The remote machine that pings.</summary>
    public string Pinger { get; }

    /// <summary>Builds them unless they are there.</summary>
    /// <param name="folder">Where; it is made.</param>
    /// <exception cref="BedFault">They cannot be built.</exception>
    public static BedPrograms Build(string folder)
    {
        var sources = Sources();
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            string.Join('\0', [.. GuestFlags, .. sources.SelectMany(s => new[] { s.Name, s.Text })]))))[..16];
        var place = Path.GetFullPath(Path.Combine(folder, hash));
        if (Directory.Exists(place)) return new(place);
        // Built beside it and then moved, so that it is there whole or not at all, whoever else builds it now, in this
        // process too.
        var building = $"{place}.{Guid.NewGuid():N}";
        Directory.CreateDirectory($"{building}/guest");
        Directory.CreateDirectory($"{building}/pinger");
        foreach (var (name, text) in sources) File.WriteAllText($"{building}/{name}", text);
        string[] files = [.. sources.Select(s => s.Name).Where(n => n.StartsWith("guest/", StringComparison.Ordinal)
            && Path.GetExtension(n) is ".c" or ".S").Select(n => $"{building}/{n}")];
        Tool.Run("gcc", [.. GuestFlags, "-T", $"{building}/guest/guest.ld", .. files, "-o", $"{building}/guest.elf"]);
        Tool.Run("gcc", "-std=gnu11", "-O2", "-Wall", "-Wextra", $"{building}/pinger/pinger.c", "-o",
            $"{building}/pinger.elf");
        try
        {
            Directory.Move(building, place);
        }
        catch (IOException) when (Directory.Exists(place))
        {
            Directory.Delete(building, recursive: true);
        }
        return new(place);
    }

    private static IReadOnlyList<(string Name, string Text)> Sources()
    {
        var room = Assembly.GetExecutingAssembly();
        var sources = new List<(string, string)>();
        foreach (var name in room.GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(room.GetManifestResourceStream(name)!);
            sources.Add((name, reader.ReadToEnd()));
        }
        return sources;
    }
}
