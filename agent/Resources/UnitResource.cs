using System.Security.Cryptography;
using System.Text;
using Slipway.Engine;
using Slipway.Hosting;
using Slipway.Reporting;

namespace Slipway.Resources;

/// <summary>A systemd unit that starts at boot and, if wanted, runs now with the files it was made of as they are.</summary>
/// <param name="Unit">The unit's name, such as <c>containerd.service</c>.</param>
/// <param name="Running">Whether it must run now; the kubelet must not before the join.</param>
/// <param name="Inputs">Files and links whose change needs a restart: unit files, configuration, the link to the program's version.</param>
internal sealed record UnitResource(string Unit, bool Running, IReadOnlyList<string> Inputs) : Resource($"unit:{Unit}")
{
    // What the inputs were when we started the unit. Durable: a run that is cut off before the restart makes up for it.
    private string Stamp => $"/var/lib/slipway/units/{Unit}";

    /// <inheritdoc/>
    /// <remarks>Those of the target that our own units name; systemctl itself takes its folders away again.</remarks>
    public override IReadOnlyList<string> Folders => ["/etc/systemd/system/multi-user.target.wants"];

    /// <inheritdoc/>
    public override async Task<Finding> InspectAsync(Host host, Scrutiny scrutiny, CancellationToken ct)
    {
        var state = await host.Services.StateAsync(Unit, ct);
        if (state.File == "masked")
        {
            return new Finding.Refused(new Failure("unit.masked", $"{Unit} is masked", $"Run: systemctl unmask {Unit}"));
        }
        if (state.File != "enabled")
        {
            return new Finding.Differs(Running ? $"enable and start {Unit}" : $"enable {Unit}", Told(state));
        }
        if (!Running || !host.Services.IsRunning)
        {
            return new Finding.AsWanted();
        }
        if (state.Active is "activating" or "reloading")
        {
            return new Finding.AsWanted();
        }
        if (state.Active != "active")
        {
            return new Finding.Differs($"start {Unit}", Told(state));
        }
        return host.Files.ReadText(Stamp) == Fingerprint(host)
            ? new Finding.AsWanted()
            : new Finding.Differs($"restart {Unit}: its files changed", Told(state));
    }

    /// <inheritdoc/>
    public override async Task ApplyAsync(Host host, CancellationToken ct)
    {
        if (await host.Services.StateAsync(Unit, ct) is { File: "enabled" } && host.Services.IsRunning)
        {
            await host.Services.ReloadAsync(ct);
        }
        else
        {
            // systemctl enable makes systemd read the files anew by itself: on a small machine each reload is a second.
            await host.Services.EnableAsync(Unit, ct);
        }
        if (!Running || !host.Services.IsRunning)
        {
            return;
        }
        var fingerprint = Fingerprint(host);
        try
        {
            await host.Services.RestartAsync(Unit, ct);
        }
        catch (FailureException e)
        {
            var said = await host.Services.LastLinesAsync(Unit, 5, ct);
            throw new FailureException(e.Failure with { What = $"{e.Failure.What}; last lines of {Unit}: {string.Join(" | ", said)}" }, e);
        }
        host.Files.Write(Stamp, fingerprint, Modes.Mode644);
    }

    /// <inheritdoc/>
    public override async Task<string> RemoveAsync(Host host, Trace trace, CancellationToken ct)
    {
        var state = await host.Services.StateAsync(Unit, ct);
        if (state.Active is not ("inactive" or "failed" or "unknown" or ""))
        {
            await host.Services.StopAsync(Unit, ct);
        }
        if (state.File == "enabled" && !WasEnabled(trace))
        {
            await host.Services.DisableAsync(Unit, ct);
        }
        host.Files.Delete(Stamp);
        return "";
    }

    /// <inheritdoc/>
    public override async Task ReviveAsync(Host host, Trace trace, CancellationToken ct)
    {
        if (WasEnabled(trace) && await host.Services.StateAsync(Unit, ct) is { File: not "enabled" })
        {
            await host.Services.EnableAsync(Unit, ct);
        }
        // With its own files, which are back.
        if (host.Services.IsRunning && trace.Before.Split(' ').Contains("active"))
        {
            await host.Services.StartAsync(Unit, ct);
        }
    }

    // An earlier version recorded but one of the two words.
    private static bool WasEnabled(Trace trace) => trace.Before.Split(' ')[0] is "enabled" or "active" or "inactive" or "failed";

    private static string Told(UnitState state) => state.File is "" or "not-found" ? "" : $"{state.File} {state.Active}";

    private string Fingerprint(Host host)
    {
        var all = string.Join('\n', Inputs.Select(path => $"{path} {host.Files.Status(path)?.LinkTarget ?? host.Files.Sha256(path)}"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)));
    }
}
