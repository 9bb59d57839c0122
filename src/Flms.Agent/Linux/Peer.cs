using System.Buffers.Binary;
using System.Net.Sockets;

namespace Flms.Agent.Linux;

/// <summary>Who is at the other end of a Unix socket, as the kernel says: nobody can pretend to be another.</summary>
/// <param name="Pid">The process that connected; 0 if it cannot be seen from here.</param>
/// <param name="User">Its user when it connected.</param>
/// <param name="Groups">Its groups then, the first of them its own.</param>
public sealed record Peer(int Pid, uint User, IReadOnlyList<uint> Groups)
{
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int Credentials = 17; // SO_PEERCRED, Linux 2.2
    private const int MoreGroups = 59; // SO_PEERGROUPS, Linux 4.13

    /// <summary>Asks the kernel.</summary>
    /// <param name="socket">A connected Unix stream socket.</param>
    /// <returns>Null if the kernel does not say.</returns>
    public static Peer? Of(Socket socket)
    {
        Span<byte> who = stackalloc byte[12];
        try
        {
            if (socket.GetRawSocketOption(SocketLevel, Credentials, who) != who.Length) return null;
        }
        catch (SocketException)
        {
            return null;
        }
        var groups = new List<uint> { BinaryPrimitives.ReadUInt32LittleEndian(who[8..]) };
        Span<byte> more = stackalloc byte[4096]; // 1,024 groups; of who has more, only the first counts
        try
        {
            var length = socket.GetRawSocketOption(SocketLevel, MoreGroups, more);
            for (var at = 0; at + 4 <= length; at += 4)
                groups.Add(BinaryPrimitives.ReadUInt32LittleEndian(more[at..]));
        }
        catch (SocketException)
        {
            // An older kernel: the first group is all that is known.
        }
        return new(BinaryPrimitives.ReadInt32LittleEndian(who), BinaryPrimitives.ReadUInt32LittleEndian(who[4..]),
            groups);
    }
}
