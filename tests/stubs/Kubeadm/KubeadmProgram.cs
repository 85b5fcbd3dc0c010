using System.Text.Json.Nodes;
using Slipway.Stubs.Common;

namespace Slipway.Stubs.Kubeadm;

/// <summary>The verbs of kubeadm that an agent on a worker node uses: version, config validate, join, reset.</summary>
internal static class KubeadmProgram
{
    private static readonly HashSet<string> GlobalText = ["v", "kubeconfig", "rootfs"];

    private const string Help = """
        Usage:
          kubeadm version [-o short|json|yaml]
          kubeadm config validate --config FILE
          kubeadm join --config FILE [--ignore-preflight-errors=…] [--skip-phases=preflight] [-v N]
          kubeadm reset [-f]
        Fault injection: a number of seconds in /run/slipway-standin/pause-before-kubelet-start makes join sleep there.
        """;

    /// <summary>Runs one command line; 0 is success, everything else is 1, as in kubeadm 1.34 and newer.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            switch (args)
            {
                case [] or ["-h" or "--help" or "help", ..]:
                    Console.WriteLine($"{StandIn.Banner}\n{Help}");
                    return 0;
                case ["version", .. var rest]:
                    return PrintVersion(rest);
                case ["config", "validate", .. var rest]:
                    JoinConfiguration.Load(Parse(rest, ["config"]).Get("config"));
                    Console.WriteLine("ok");
                    return 0;
                case ["join", .. var rest]:
                    await JoinCommand.RunAsync(ParseJoin(rest)).ConfigureAwait(false);
                    return 0;
                case ["reset", .. var rest]:
                    await ResetCommand.RunAsync(Parse(rest, ["cri-socket", "ignore-preflight-errors", "cleanup-tmp-dir"], ["force", "dry-run"])).ConfigureAwait(false);
                    return 0;
                default:
                    throw new FatalException(
                        $"unknown command \"{args[0]}\" for \"kubeadm\" (the stand-in knows version, config validate, join, reset)");
            }
        }
        catch (FatalException e)
        {
            // "error: " in front came with 1.34; parsers must cope with both.
            Console.Error.WriteLine((StandIn.Version.IsAtLeast(34) ? "error: " : "") + e.Message);
            Console.Error.WriteLine("To see the stack trace of this error execute with --v=5 or higher");
            return 1;
        }
    }

    private static Flags ParseJoin(string[] words)
    {
        // Flags that the real join has, but refuses beside --config.
        HashSet<string> notWithConfig = ["token", "discovery-token", "discovery-token-ca-cert-hash", "tls-bootstrap-token", "discovery-file", "node-name", "cri-socket", "certificate-key", "apiserver-advertise-address", "apiserver-bind-port", "patches"];
        Flags flags = Parse(words, [.. notWithConfig, "config", "ignore-preflight-errors", "skip-phases"], ["dry-run", "control-plane", "discovery-token-unsafe-skip-ca-verification"]);
        if (!flags.Has("config"))
        {
            throw new FatalException("the stand-in joins with --config only");
        }
        List<string> mixed = [.. flags.Names.Where(n => notWithConfig.Contains(n) || n is "control-plane" or "discovery-token-unsafe-skip-ca-verification")];
        if (mixed.Count > 0)
        {
            throw new FatalException($"can not mix '--config' with arguments [{string.Join(' ', mixed)}]");
        }
        return flags.Has("dry-run") ? throw new FatalException("the stand-in has no --dry-run") : flags;
    }

    private static Flags Parse(string[] words, HashSet<string> text, HashSet<string>? switches = null)
    {
        Flags flags = Flags.Parse(words, text.Union(GlobalText).ToHashSet(), switches ?? [], new Dictionary<char, string> { ['v'] = "v", ['o'] = "output", ['f'] = "force" });
        Klog.Verbosity = int.TryParse(flags.Get("v"), out int v) ? v : 0;
        return flags;
    }

    private static int PrintVersion(string[] words)
    {
        KubernetesVersion version = StandIn.Version;
        switch (Parse(words, ["output"]).Get("output"))
        {
            case "short":
                Console.WriteLine(version);
                return 0;
            case "json":
                JsonObject info = new() { ["major"] = $"{version.Major}", ["minor"] = $"{version.Minor}", ["gitVersion"] = version.Text, ["platform"] = "linux/amd64" };
                Console.WriteLine(new JsonObject { ["clientVersion"] = info }.ToJsonString());
                return 0;
            case "yaml":
                Console.WriteLine(
                    $"clientVersion:\n  gitVersion: {version}\n  major: \"{version.Major}\"\n  minor: \"{version.Minor}\"\n  platform: linux/amd64");
                return 0;
            case "":
                Console.WriteLine($"kubeadm version: {version} (Slipway test stand-in)");
                return 0;
            case var other:
                throw new FatalException($"invalid output format: {other}");
        }
    }
}
