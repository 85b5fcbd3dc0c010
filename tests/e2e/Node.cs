using System.Text.Json;

namespace Slipway.E2E;

/// <summary>What a test asks of a node that runs the agent.</summary>
internal static class Node
{
    /// <summary>How long a first boot may take until it has joined, without KVM and with a busy neighbour.</summary>
    public static readonly TimeSpan JoinTime = TimeSpan.FromMinutes(3);

    private const string Sentinel = "/run/cluster-api/bootstrap-success.complete";

    /// <summary>The node joined, was verified, and says so everywhere it promises to.</summary>
    public static async Task AssertJoinedAsync(this Machine node, World world, string name = "worker-1")
    {
        var journal = await node.JournalAsync("slipway");
        Assert.True(await node.UnitAsync("slipway", "ActiveState") == "active", journal);
        Assert.Equal("success", (await node.RunAsync($"cat {Sentinel}")).Output.Trim());
        Assert.Equal("Joined", await node.PhaseAsync());
        // The node's own credentials can read its own Node: true of any cluster.
        await node.CheckAsync("curl -fsS --cacert /etc/kubernetes/pki/ca.crt --cert /var/lib/kubelet/pki/kubelet-client-current.pem "
            + $"https://{world.Endpoint}/api/v1/nodes/{name}");
        await node.CheckAsync("curl -fsS http://127.0.0.1:10248/healthz");
        if (world.ControlPlane is { } cluster)
        {
            Assert.Contains(name, cluster.Nodes.Keys);
            Assert.Equal(1, cluster.SigningRequestsOf(name));
        }
    }

    /// <summary>Waits for something that the agent does; if it does not, the agent's journal says why.</summary>
    public static async Task WaitForAgentAsync(this Machine node, string command)
    {
        try
        {
            await node.WaitForAsync(command, JoinTime);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}\n{await node.JournalAsync("slipway")}", e);
        }
    }

    /// <summary>The phase that status.json gives.</summary>
    public static async Task<string> PhaseAsync(this Machine node)
    {
        using var status = JsonDocument.Parse(await node.CheckAsync("cat /run/slipway/status.json"));
        return status.RootElement.GetProperty("phase").GetString()!;
    }

    /// <summary>What must not be anywhere is nowhere: the token is in no journal, no world-readable file, no process.</summary>
    /// <param name="node">The machine.</param>
    /// <param name="secret">The token.</param>
    /// <param name="joined">Whether it has done its work: then it is not even in root's own files any more.</param>
    public static async Task AssertKeepsSecretAsync(this Machine node, string secret, bool joined)
    {
        // By way of a file: on a command line the search would find itself.
        const string Pattern = "/dev/shm/lab-secret";
        await node.WriteAsync(Pattern, secret);
        var found = await node.RunAsync(
            $"journalctl --no-pager | grep -Ff {Pattern}; grep -rlFf {Pattern} /run/slipway /var/lib/slipway /etc /opt/slipway; "
            + $"find /var/lib/slipway /run /etc /tmp -xdev -type f -perm -o=r -exec grep -lFf {Pattern} {{}} + ; "
            + $"cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -Ff {Pattern}; rm {Pattern}");
        // cloud-init's own write_files put the document where its author asked, with the author's mode.
        var lines = found.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line != "/etc/slipway/user-data.yaml" && (joined || line != "/var/lib/slipway/config.json")).ToList();
        Assert.Equal("600", await node.CheckAsync("stat -c %a /var/lib/slipway/config.json"));
        Assert.True(lines.Count == 0, string.Join('\n', lines));
    }

    /// <summary>How long the agent's last run took, by its own account in the journal.</summary>
    public static async Task<TimeSpan> LastRunAsync(this Machine node)
    {
        var micros = await node.CheckAsync(
            "journalctl --no-pager -b -u slipway -o json --output-fields=SLIPWAY_DURATION_USEC,SLIPWAY_STEP,MESSAGE"
            + " | grep SLIPWAY_DURATION_USEC | grep -v SLIPWAY_STEP | tail -1 | sed 's/.*\"SLIPWAY_DURATION_USEC\":\"\\([0-9]*\\)\".*/\\1/'");
        return TimeSpan.FromMicroseconds(double.Parse(micros, System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>A picture of all that the agent may have put on the node: names, sizes, modes and times.</summary>
    public static Task<string> SnapshotAsync(this Machine node) => node.CheckAsync(
        "find /opt /etc /usr/bin /usr/lib/systemd/system /var/lib/slipway /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env /etc/kubernetes -xdev "
        + @"\( -name resolv.conf -o -name mtab -o -path '/etc/.*' \) -prune -o \( -type f -o -type l \) -printf '%p %s %m %T@ %l\n' | sort");

    /// <summary>No file is half there: nothing the agent stages is left, and no download.</summary>
    /// <param name="node">The machine.</param>
    /// <param name="goesOn">Whether a run was ended in the middle: then the next may go on with downloads that were under way.</param>
    public static async Task AssertNothingHalfInstalledAsync(this Machine node, bool goesOn = false) => Assert.Equal("", (await node.RunAsync(
        $"find / -xdev \\( -name '*.slipway-new' -o -name '.slipway-*'{(goesOn ? "" : " -o -path '/var/lib/slipway/cache/*'")} \\) -not -path '/proc/*'")).Output.Trim());
}
