using Slipway.Hosting;

namespace Slipway.Sources;

/// <summary>What the SMBIOS serial number and the kernel line say for NoCloud: <c>ds=nocloud;s=SEED;h=HOST;i=ID</c>.</summary>
/// <param name="Values">By their long names: <c>seedfrom</c>, <c>local-hostname</c>, <c>instance-id</c>, and others as they are.</param>
/// <param name="Where">Which of the two it was, for messages; null where neither speaks of NoCloud.</param>
/// <remarks>https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html</remarks>
internal sealed record NoCloudLine(IReadOnlyDictionary<string, string> Values, string? Where)
{
    /// <summary>Where the seed is: a path or an address; null where the line names none.</summary>
    public string? Seed => Values.GetValueOrDefault("seedfrom");

    /// <summary>Reads both; the serial number's values count before the kernel line's.</summary>
    public static NoCloudLine Read(FileTree files)
    {
        var values = new Dictionary<string, string>();
        var where = Take(values, [Facts.Dmi(files, "product_serial")]) ? "the SMBIOS serial number" : null;
        if (Take(values, KernelLine.Words(files)))
        {
            where ??= "the kernel line";
        }
        if (values.TryGetValue("seedfrom", out var seed))
        {
            values["seedfrom"] = Expand(files, seed);
        }
        return new NoCloudLine(values, where);
    }

    private static bool Take(Dictionary<string, string> values, IReadOnlyList<string> words)
    {
        // As cloud-init: of several the last.
        if (words.LastOrDefault(word => word.Split(';')[0] is "ds=nocloud" or "ds=nocloud-net") is not { } word)
        {
            return false;
        }
        var own = new Dictionary<string, string>();
        foreach (var pair in word.Split(';').Skip(1))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && equals < pair.Length - 1)
            {
                own[pair[..equals] switch { "s" => "seedfrom", "h" => "local-hostname", "i" => "instance-id", var other => other }] = pair[(equals + 1)..];
            }
        }
        foreach (var (key, value) in own)
        {
            values.TryAdd(key, value);
        }
        return true;
    }

    /// <summary>Puts DMI fields into a seed's address: <c>__dmi.chassis-serial-number__</c>. A name that the kernel does not have stays.</summary>
    private static string Expand(FileTree files, string seed)
    {
        const string Mark = "__dmi.";
        for (int start = 0; (start = seed.IndexOf(Mark, start, StringComparison.Ordinal)) >= 0;)
        {
            var end = seed.IndexOf("__", start + Mark.Length, StringComparison.Ordinal);
            if (end < 0)
            {
                break;
            }
            var name = KernelName(seed[(start + Mark.Length)..end]);
            var value = name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? Facts.Dmi(files, name) : "";
            seed = value.Length > 0 ? string.Concat(seed.AsSpan(0, start), value, seed.AsSpan(end + 2)) : seed;
            start += value.Length > 0 ? value.Length : Mark.Length;
        }
        return seed;
    }

    // dmidecode's names, which such a line has, and the kernel's: system-serial-number is product_serial.
    private static string KernelName(string dmidecode) => dmidecode == "system-manufacturer" ? "sys_vendor" : dmidecode
        .Replace("system-", "product_", StringComparison.Ordinal).Replace("baseboard-", "board_", StringComparison.Ordinal)
        .Replace("manufacturer", "vendor", StringComparison.Ordinal).Replace("serial-number", "serial", StringComparison.Ordinal)
        .Replace("product-name", "name", StringComparison.Ordinal).Replace("release-date", "date", StringComparison.Ordinal)
        .Replace('-', '_').Replace("/", "", StringComparison.Ordinal);
}
