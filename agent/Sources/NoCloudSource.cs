using System.Text;
using Slipway.Config;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Sources;

/// <summary>
/// NoCloud data: the seed that the kernel line or the SMBIOS serial number names, else a seed directory, else a disk labelled
/// <c>cidata</c>. Both <c>user-data</c> and <c>meta-data</c> must be there; vendor data folds before user data.
/// </summary>
/// <remarks>As cloud-init's DataSourceNoCloud.</remarks>
internal sealed record NoCloudSource() : ConfigSource("nocloud:")
{
    private const string Wanted = "both user-data and meta-data";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly string[] Seeds = ["/var/lib/cloud/seed/nocloud", "/var/lib/cloud/seed/nocloud-net"];

    /// <inheritdoc/>
    public override bool IsNamedBy(Host host) => NoCloudLine.Read(host.Files).Seed is not null;

    /// <inheritdoc/>
    public override async Task<SourceResult> ReadAsync(Host host, CancellationToken ct)
    {
        var line = NoCloudLine.Read(host.Files);
        if (line.Seed is { } named)
        {
            return await ReadSeedAsync(host, line, named, ct);
        }
        foreach (var seed in Seeds)
        {
            if (Read(host.Files, seed, line) is { } found)
            {
                return found;
            }
        }
        var result = LabelledDisk.Read(host, "cidata", Wanted, disk => Read(disk, "", line));
        // GRUB takes an unescaped ; for the end of its command: of ds=nocloud;s=… the kernel then gets no more than ds=nocloud.
        var hint = line.Where is null ? "" : $" ({line.Where} says ds=nocloud and names no seed: if it should, quote the ; for GRUB)";
        return result is SourceResult.Absent absent
            ? new SourceResult.Absent($"no seed directory with user-data and meta-data, and {absent.Why}{hint}")
            : result;
    }

    private SourceResult? Read(FileTree files, string folder, NoCloudLine line) =>
        files.ReadBytes($"{folder}/meta-data", PayloadDecoder.MaxBytes) is { } metadata && files.ReadBytes($"{folder}/user-data", PayloadDecoder.MaxBytes) is { } userData
            ? Combine(line, metadata, userData, files.ReadBytes($"{folder}/vendor-data", PayloadDecoder.MaxBytes))
            : null;

    private SourceResult Combine(NoCloudLine line, byte[] metadata, byte[] userData, byte[]? vendorData)
    {
        if (Metadata(metadata, "meta-data", out var top) is { } broken)
        {
            return broken;
        }
        top = With(top, line.Values);
        return Join(
            new InstanceData { InstanceId = Text(top, "instance-id"), LocalHostname = Text(top, "local-hostname"), MetaData = top },
            vendorData is null ? null : Decode(vendorData, null, "vendor-data"), Decode(userData, null, "user-data"));
    }

    private async Task<SourceResult> ReadSeedAsync(Host host, NoCloudLine line, string seed, CancellationToken ct)
    {
        var path = seed.StartsWith("file://", StringComparison.Ordinal) ? seed[7..] : seed;
        if (path.StartsWith('/'))
        {
            return Read(host.Files, path.TrimEnd('/'), line)
                ?? Late(new SourceResult.Absent($"{path}, the seed that {line.Where} names, does not hold {Wanted}"));
        }
        if (Url.TryParse(seed, "http", "https") is null)
        {
            return new SourceResult.Malformed(new Failure("config.seed-unsupported",
                $"{line.Where} names the NoCloud seed {Url.Redact(Quoting.Printable(seed, 100))}: expected /PATH, file:///PATH, http://… or https://…"));
        }
        try
        {
            // One after the other: without metadata there is nothing to ask for.
            return await FetchAsync("meta-data") is { } metadata && await FetchAsync("user-data") is { } userData
                ? Combine(line, metadata, userData, await FetchAsync("vendor-data"))
                : Late(new SourceResult.Absent($"{Url.Redact(seed)}, the seed that {line.Where} names, does not hold {Wanted} (HTTP 404)"));
        }
        catch (FailureException e) when (e.Failure.Code == "http.too-large")
        {
            return new SourceResult.Malformed(e.Failure with { Code = "config.too-large" });
        }
        catch (FailureException e)
        {
            return new SourceResult.Unreachable(e.Failure);
        }

        async Task<byte[]?> FetchAsync(string name)
        {
            // A query takes the name as it is: …/?file=user-data.
            var address = seed.Contains("%s", StringComparison.Ordinal) ? seed.Replace("%s", name, StringComparison.Ordinal)
                : seed + (seed.EndsWith('/') || seed.Contains('?', StringComparison.Ordinal) ? "" : "/") + name;
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address));
            var reply = await host.Http.ExchangeAsync(request, Deadline, PayloadDecoder.MaxBytes, isNear: false, ct);
            if (reply.Status is 200 or 404)
            {
                return reply.Status == 200 ? reply.Body : null;
            }
            var refused = Http.Refused(request, reply.Status);
            if (name != "vendor-data" || refused.Failure.IsTransient)
            {
                throw refused;
            }
            // Nobody needs vendor data, and some servers refuse what they do not have.
            host.Log.Information("{Text:l}", $"no vendor data: {refused.Failure.What}");
            return null;
        }
    }
}
