using System.Text;
using Serilog.Events;
using Slipway.Reporting;

namespace Slipway.Hosting;

/// <summary>
/// Reads and sets guestinfo keys: the <c>VMX_GUESTINFO*</c> environment where there is one, else RPCI over vsock, on one connection for
/// all requests, else VMware's tools. The tools are asked only where vsock has nobody at its other end, or one who resets every connection.
/// </summary>
internal sealed class GuestInfoChannel(Host host) : IDisposable
{
    private const string Unreachable = "guestinfo.unreachable";
    private static readonly TimeSpan ToolDeadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private RpciChannel? rpci;
    private Failure? broken;
    private bool? isVmware;

    /// <summary>Whether there can be anybody to ask: the environment, or the running system's own hypervisor.</summary>
    public static bool IsPossible(Host host) => Processes.HasGuestInfoEnvironment || host.Vsock is not null;

    /// <summary>Reads <c>guestinfo.KEY</c>.</summary>
    public Task<GuestInfoValue> GetAsync(string key, CancellationToken ct) => Processes.HasGuestInfoEnvironment
        ? Task.FromResult(Value(Encoding.UTF8.GetBytes(Processes.GuestInfo(key) ?? "")))
        : AskAsync("info-get", key, null, ct);

    /// <summary>Sets <c>guestinfo.KEY</c>. The value travels through an argument of a program where there is no vsock: it must not be secret.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value; RPCI cannot set an empty one, one space stands for it.</param>
    /// <param name="ct">Ends the call early.</param>
    /// <returns><see cref="GuestInfoValue.None"/> when it is set.</returns>
    public Task<GuestInfoValue> SetAsync(string key, string value, CancellationToken ct) => Processes.HasGuestInfoEnvironment
        ? Task.FromResult<GuestInfoValue>(new GuestInfoValue.Unknown(new Failure(Unreachable, "guestinfo comes from the environment and cannot be set"), IsNobody: true))
        : AskAsync("info-set", key, value, ct);

    /// <inheritdoc/>
    public void Dispose() => rpci?.Dispose();

    private async Task<GuestInfoValue> AskAsync(string verb, string key, string? value, CancellationToken ct)
    {
        if (broken is not null)
        {
            return new GuestInfoValue.Unknown(broken, IsNobody: false);
        }
        var request = $"{verb} guestinfo.{key}";
        var whole = value is null ? request : $"{request} {value}";
        isVmware ??= Facts.IsVmwareProduct(Facts.Dmi(host.Files, "product_name"));
        if (isVmware.Value && host.Vsock is { Unavailable: null } vsock)
        {
            try
            {
                if (await AskVsockAsync(vsock, whole, ct) is { } payload)
                {
                    return Reply(payload, verb, request, vsock);
                }
                if (!vsock.IsToldUnavailable)
                {
                    vsock.IsToldUnavailable = true;
                    host.Log.Write(vsock.IsReset ? LogEventLevel.Warning : LogEventLevel.Information, "{Text:l}", $"no answer over vsock ({vsock.Unavailable}): asking vmtoolsd, then vmware-rpctool");
                }
            }
            catch (RpciException e)
            {
                // Whatever stands at the other end, it has answered: nobody else is asked now.
                broken = new Failure(Unreachable, $"{request}: {e.Message}");
                return new GuestInfoValue.Unknown(broken, IsNobody: false);
            }
        }
        return await AskToolsAsync(verb, request, whole, ct);
    }

    /// <summary>The reply's payload; null where vsock has nobody at its other end.</summary>
    private async Task<byte[]?> AskVsockAsync(Vsock vsock, string request, CancellationToken ct)
    {
        for (var isSecond = false; ; isSecond = true)
        {
            if (rpci is null)
            {
                if (await vsock.ConnectAsync(host, ct) is not { } stream)
                {
                    return null;
                }
                rpci = new RpciChannel(stream, host.Clock, vsock.Patience);
            }
            try
            {
                return await rpci.AskAsync(request, ct);
            }
            catch (RpciException e) when (e.IsClosed && !isSecond)
            {
                // A VMX may close after any reply. Asking twice does no harm: reads change nothing, and a write says the same again.
                rpci.Dispose();
                rpci = null;
                await Task.Delay(Pause, host.Clock, ct);
            }
            catch (OperationCanceledException)
            {
                // Its reply may still come, and is none to the next request.
                rpci.Dispose();
                rpci = null;
                throw;
            }
        }
    }

    private GuestInfoValue Reply(byte[] payload, string verb, string request, Vsock vsock)
    {
        if (payload is [(byte)'1', (byte)' ', ..])
        {
            return verb == "info-get" ? Value(payload.AsSpan(2)) : new GuestInfoValue.None();
        }
        if (payload is not [(byte)'0', (byte)' ', ..])
        {
            broken = new Failure(Unreachable, $"{request}: the hypervisor's reply is neither a value nor an error");
            return new GuestInfoValue.Unknown(broken, IsNobody: false);
        }
        var error = Encoding.UTF8.GetString(payload.AsSpan(2, Math.Min(payload.Length - 2, 100))).Trim('\0', ' ', '\n');
        return IsNoValue(error)
            ? new GuestInfoValue.None()
            : new GuestInfoValue.Unknown(IsDenial(error) ? Denied(verb, request, vsock) : new Failure(Unreachable, $"{request}: the hypervisor says: {error}"), IsNobody: false);
    }

    private static bool IsNoValue(string line) => line.Contains("No value found", StringComparison.Ordinal);

    private static bool IsDenial(string line) => line.Contains("Permission denied", StringComparison.OrdinalIgnoreCase);

    private static Failure Denied(string verb, string request, Vsock? asked) => new(Unreachable,
        $"{request}: permission denied by the hypervisor: guest_rpc.rpci.auth.cmd.{verb} is TRUE"
            + (asked is { IsPrivileged: false } ? ", and the kernel gave us no privileged port" : ""),
        asked is { IsPrivileged: false }
            ? "Run slipway as root with CAP_NET_BIND_SERVICE."
            : $"Let slipway use vsock (modprobe vmw_vsock_vmci_transport; guest_rpc.rpci.usevsocket not FALSE), or take guest_rpc.rpci.auth.cmd.{verb} out of the machine's settings.");

    private static GuestInfoValue Value(ReadOnlySpan<byte> bytes)
    {
        var trimmed = bytes.TrimEnd(" \t\r\n\v\f"u8);
        return trimmed.IsEmpty ? new GuestInfoValue.None() : new GuestInfoValue.Is(trimmed.ToArray());
    }

    private async Task<GuestInfoValue> AskToolsAsync(string verb, string request, string whole, CancellationToken ct)
    {
        Failure? failure = null;
        var isDenied = false;
        var vmtoolsd = new Command("vmtoolsd", "--cmd", whole) { Deadline = ToolDeadline };
        foreach (var command in (Command[])[vmtoolsd, vmtoolsd, new Command("vmware-rpctool", whole) { Deadline = ToolDeadline }])
        {
            if (failure is not null && command == vmtoolsd)
            {
                if (!isDenied)
                {
                    continue;
                }
                // Right after another call vmtoolsd may be denied for a port that is not free yet (open-vm-tools issue 692).
                await Task.Delay(10 * Pause, host.Clock, ct);
            }
            switch (await host.Processes.RunAsync(command, ct))
            {
                case CommandResult.Ended { ExitCode: 0 } ended:
                    return verb == "info-get" ? Value(Encoding.UTF8.GetBytes(ended.Output)) : new GuestInfoValue.None();
                case CommandResult.Ended ended when ended.LastLines.Any(IsNoValue):
                    return new GuestInfoValue.None();
                case CommandResult.NotStarted:
                    continue;
                // What it printed may be the value itself, with a token in it.
                case CommandResult.TimedOut late:
                    failure = new Failure(Unreachable, $"{command.Program} {request}: did not end within {late.After.TotalSeconds:0} s");
                    continue;
                case CommandResult.Ended ended:
                    isDenied = ended.LastLines.Any(IsDenial);
                    failure = isDenied
                        ? Denied(verb, $"{command.Program} {request}", null)
                        : new Failure(Unreachable, $"{command.Program} {request}: exit code {ended.ExitCode}");
                    continue;
            }
        }
        if (failure is not null)
        {
            // Vsock may come late at boot, and be let in where the tools are not.
            host.Vsock?.LookAgain();
            return new GuestInfoValue.Unknown(failure, IsNobody: false);
        }
        const string None = "neither vmtoolsd nor vmware-rpctool is installed";
        if (isVmware != true || host.Vsock is not { } vsock)
        {
            return new GuestInfoValue.Unknown(new Failure(Unreachable, None), IsNobody: true);
        }
        failure = new Failure(Unreachable, $"{request}: no answer over vsock ({vsock.Unavailable}), and {None}");
        vsock.LookAgain();
        return new GuestInfoValue.Unknown(failure, IsNobody: false);
    }
}
