using System.Text;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Sources;

/// <summary>
/// VMware guestinfo: the <c>VMX_GUESTINFO*</c> environment where <c>VMX_GUESTINFO</c> is set, else <c>vmtoolsd</c> or
/// <c>vmware-rpctool</c>. Keys and the meaning of <c>---</c> as cloud-init's DataSourceVMware.
/// </summary>
internal sealed record GuestInfoSource() : ConfigSource("guestinfo:")
{
    private const string Redacted = "---";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public override async Task<SourceResult> ReadAsync(Host host, CancellationToken ct)
    {
        Func<string, Task<Value>> read;
        if (Processes.HasGuestInfoEnvironment)
        {
            read = key => Task.FromResult(Processes.GuestInfo(key) is { Length: > 0 } text ? new Value.Is(text) : (Value)new Value.None());
        }
        else if (!host.Files.IsRunningSystem)
        {
            return new SourceResult.Absent("no hypervisor to ask below another root");
        }
        else
        {
            read = key => AskToolsAsync(host, key, ct);
        }
        var userData = await read("userdata");
        switch (userData)
        {
            case Value.None:
                return new SourceResult.Absent("guestinfo.userdata is not set");
            case Value.Unknown unknown:
                return unknown.NoTools ? new SourceResult.Absent(unknown.Failure.What) : new SourceResult.Unreachable(unknown.Failure);
            case Value.Is { Text: Redacted }:
                return new SourceResult.Absent("guestinfo.userdata is redacted (---)");
        }
        // Read one after the other: two quick calls of vmtoolsd can fail the second (open-vm-tools #692).
        var encoding = await read("userdata.encoding");
        var metadata = await read("metadata");
        var metadataEncoding = await read("metadata.encoding");
        return new[] { encoding, metadata, metadataEncoding }.OfType<Value.Unknown>().FirstOrDefault() is { } failed
            ? new SourceResult.Unreachable(failed.Failure)
            : Decode(Encoding.UTF8.GetBytes(((Value.Is)userData).Text), Text(encoding), "guestinfo.userdata",
                Instance(Decoded(Text(metadata), Text(metadataEncoding)), "guestinfo.metadata"));
    }

    private static string? Text(Value value) => (value as Value.Is)?.Text;

    private static string? Decoded(string? metadata, string? encoding) =>
        metadata is not null && Config.PayloadDecoder.Decode(Encoding.UTF8.GetBytes(metadata), encoding) is Config.DecodeResult.Decoded decoded
            ? Encoding.UTF8.GetString(decoded.Bytes.Span)
            : null;

    private static async Task<Value> AskToolsAsync(Host host, string key, CancellationToken ct)
    {
        var ask = $"info-get guestinfo.{key}";
        Failure? failure = null;
        foreach (var command in (Command[])[new Command("vmtoolsd", "--cmd", ask), new Command("vmware-rpctool", ask)])
        {
            switch (await host.Processes.RunAsync(command with { Deadline = Deadline }, ct))
            {
                case CommandResult.Ended { ExitCode: 0 } ended:
                    // The tools put one line feed after the value.
                    var text = ended.Output.TrimEnd();
                    return text.Length > 0 ? new Value.Is(text) : new Value.None();
                case CommandResult.Ended ended when ended.LastLines.Any(line => line.Contains("No value found", StringComparison.Ordinal)):
                    return new Value.None();
                case CommandResult.NotStarted:
                    continue;
                // What it printed may be the value itself, with a token in it.
                case CommandResult.TimedOut late:
                    failure = new Failure("guestinfo.unreachable", $"{command.Program} {ask}: did not end within {late.After.TotalSeconds:0} s");
                    continue;
                case CommandResult.Ended ended:
                    failure = new Failure("guestinfo.unreachable", $"{command.Program} {ask}: exit code {ended.ExitCode}");
                    continue;
            }
        }
        return failure is null
            ? new Value.Unknown(new Failure("guestinfo.unreachable", "neither vmtoolsd nor vmware-rpctool is installed"), NoTools: true)
            : new Value.Unknown(failure, NoTools: false);
    }

    private abstract record Value
    {
        public sealed record Is(string Text) : Value
        {
            public override string ToString() => $"{Text.Length} characters";
        }

        public sealed record None : Value;

        public sealed record Unknown(Failure Failure, bool NoTools) : Value;
    }
}
