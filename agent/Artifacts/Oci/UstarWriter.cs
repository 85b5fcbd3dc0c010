using System.Text;

namespace Slipway.Artifacts.Oci;

/// <summary>Writes tar archives that are the same for the same content: files alone, owned by root, of the beginning of time.</summary>
/// <param name="output">Gets the archive.</param>
/// <remarks>POSIX.1-1988 "ustar": names up to 100 bytes, files up to 8 GiB. https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html</remarks>
internal sealed class UstarWriter(Stream output)
{
    /// <summary>A file must have fewer bytes.</summary>
    public const long MostBytes = 1L << 33;

    private const int Block = 512;

    /// <summary>Adds a file.</summary>
    /// <param name="name">Its name, at most 100 ASCII characters.</param>
    /// <param name="length">Its bytes: exactly so many are read.</param>
    /// <param name="content">Its content.</param>
    /// <param name="ct">Ends the copy early.</param>
    /// <exception cref="EndOfStreamException">There are fewer bytes.</exception>
    public async Task AddAsync(string name, long length, Stream content, CancellationToken ct)
    {
        await output.WriteAsync(Header(name, length), ct);
        var buffer = new byte[128 * 1024];
        for (var rest = length; rest > 0;)
        {
            var read = await content.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, rest)), ct);
            if (read == 0)
            {
                throw new EndOfStreamException($"{name}: {rest} of {length} bytes are missing");
            }
            await output.WriteAsync(buffer.AsMemory(0, read), ct);
            rest -= read;
        }
        await output.WriteAsync(new byte[(Block - (length % Block)) % Block], ct);
    }

    /// <summary>Adds a small file.</summary>
    public Task AddAsync(string name, byte[] content, CancellationToken ct) => AddAsync(name, content.Length, new MemoryStream(content), ct);

    /// <summary>Ends the archive.</summary>
    public async Task EndAsync(CancellationToken ct)
    {
        await output.WriteAsync(new byte[2 * Block], ct);
        await output.FlushAsync(ct);
    }

    private static byte[] Header(string name, long length)
    {
        var header = new byte[Block];
        if (name.Length > 100 || length >= MostBytes)
        {
            throw new ArgumentException($"{name}: {length} bytes do not fit into a ustar archive", nameof(name));
        }
        Put(0, name);
        Put(100, "0000644\00000000\00000000\0");
        Put(124, Convert.ToString(length, 8).PadLeft(11, '0'));
        Put(136, "00000000000\0        0");
        Put(257, "ustar\000");
        var sum = 0;
        foreach (var octet in header)
        {
            sum += octet;
        }
        Put(148, Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ");
        return header;

        void Put(int at, string text) => Encoding.ASCII.GetBytes(text, header.AsSpan(at));
    }
}
