namespace Slipway.Lab;

/// <summary>What a <see cref="Mirror"/> does wrong.</summary>
public abstract record Fault
{
    private int left = int.MaxValue;

    private Fault()
    {
    }

    /// <summary>How many requests it hits before things are well again; all by default.</summary>
    public int Times
    {
        get => left;
        init => left = value;
    }

    /// <summary>Answers with an error status and an HTML page, as proxies do.</summary>
    /// <param name="Status">The status.</param>
    public sealed record Unavailable(int Status = 503) : Fault;

    /// <summary>Cuts the connection after so many bytes of body.</summary>
    /// <param name="Bytes">Bytes that still arrive.</param>
    public sealed record CutAfter(long Bytes) : Fault;

    /// <summary>Sends nothing more after so many bytes, and keeps the connection open.</summary>
    /// <param name="Bytes">Bytes that still arrive, in whole blocks of 64 KiB.</param>
    public sealed record StalledAfter(long Bytes) : Fault;

    /// <summary>Sends the right length with a wrong byte in it.</summary>
    public sealed record Corrupted : Fault;

    /// <summary>Asks to be left alone for a while.</summary>
    /// <param name="Seconds">What Retry-After says.</param>
    public sealed record TooMany(int Seconds) : Fault;

    /// <summary>Announces another length than there is.</summary>
    /// <param name="More">How many bytes more; negative for less.</param>
    public sealed record WrongLength(long More) : Fault;

    /// <summary>Sends the client elsewhere.</summary>
    /// <param name="To">Where; an empty address sends it round in a circle.</param>
    public sealed record Redirect(string To = "") : Fault;

    /// <summary>Knows no ranges: every answer is the whole file.</summary>
    public sealed record WithoutRanges : Fault;

    /// <summary>Another ETag with every answer.</summary>
    public sealed record NewTags : Fault;

    /// <summary>Sends slowly.</summary>
    /// <param name="BytesPerSecond">How slowly.</param>
    public sealed record Throttled(int BytesPerSecond) : Fault;

    /// <summary>Counts one request; false once it is used up.</summary>
    internal bool Takes() => Interlocked.Decrement(ref left) >= 0;
}
