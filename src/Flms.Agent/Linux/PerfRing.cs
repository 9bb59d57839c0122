using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Flms.Agent.Linux;

/// <summary>One pCPU's buffer of events, which the kernel fills and this process empties
/// (perf_event_open(2)).</summary>
/// <remarks>A page of control, then a power of two of pages of records. The kernel moves <c>data_head</c>, the reader
/// <c>data_tail</c>; both only grow, and the place in the buffer is what is left modulo its size. What does not fit is
/// dropped and counted.</remarks>
internal sealed unsafe partial class PerfRing : IDisposable
{
    private const int ReadWrite = 3, Shared = 1;
    private const int HeadAt = 1024, TailAt = 1032, OffsetAt = 1040, SizeAt = 1048;
    private const int HeaderBytes = 8;

    private readonly byte* _control;
    private readonly nint _bytes;
    private readonly byte* _data;
    private readonly long _size;
    private readonly byte[] _record = new byte[1 << 16];

    private PerfRing(byte* control, nint bytes)
    {
        _control = control;
        _bytes = bytes;
        _data = control + *(long*)(control + OffsetAt);
        _size = *(long*)(control + SizeAt);
    }

    /// <summary>Told of each record.</summary>
    /// <param name="type">PERF_RECORD_...</param>
    /// <param name="body">What is behind its header.</param>
    public delegate void Sink(int type, ReadOnlySpan<byte> body);

    /// <summary>Maps the buffer of an event.</summary>
    /// <param name="file">The event.</param>
    /// <param name="bytes">A power of two of pages.</param>
    /// <param name="ring">The buffer.</param>
    /// <returns>0, or the negative error number.</returns>
    public static int Map(int file, int bytes, out PerfRing? ring)
    {
        ring = null;
        var length = (nint)bytes + Environment.SystemPageSize;
        var at = mmap(0, length, ReadWrite, Shared, file, 0);
        if (at == -1) return -Marshal.GetLastPInvokeError();
        ring = new((byte*)at, length);
        return 0;
    }

    /// <summary>Takes out all records.</summary>
    /// <param name="sink">Given each; its bytes are valid only during the call.</param>
    public void Take(Sink sink)
    {
        var head = Volatile.Read(ref *(long*)(_control + HeadAt));
        var tail = *(long*)(_control + TailAt);
        while (head - tail >= HeaderBytes)
        {
            var header = Piece(tail, HeaderBytes);
            var type = BinaryPrimitives.ReadInt32LittleEndian(header);
            int size = BinaryPrimitives.ReadUInt16LittleEndian(header[6..]);
            // Cannot be, unless the buffer was overwritten: then nothing in it can be believed.
            if (size < HeaderBytes || size > head - tail)
                throw new InvalidOperationException($"a record of {size} bytes among {head - tail} in a perf buffer");
            sink(type, Piece(tail, size)[HeaderBytes..]);
            tail += size;
        }
        Volatile.Write(ref *(long*)(_control + TailAt), tail);
    }

    /// <inheritdoc />
    public void Dispose() => _ = munmap((nint)_control, _bytes);

    // A record that goes over the buffer's end is put together.
    private ReadOnlySpan<byte> Piece(long at, int length)
    {
        var begin = at & (_size - 1);
        if (begin + length <= _size) return new(_data + begin, length);
        var first = (int)(_size - begin);
        new ReadOnlySpan<byte>(_data + begin, first).CopyTo(_record);
        new ReadOnlySpan<byte>(_data, length - first).CopyTo(_record.AsSpan(first));
        return _record.AsSpan(0, length);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint mmap(nint at, nint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int munmap(nint at, nint length);
}
