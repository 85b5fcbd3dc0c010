using Slipway.Tests.Support;

namespace Slipway.Benchmarks;

/// <summary>Reading configuration as a whole process: a typical one, and those made to hurt.</summary>
internal static class ConfigFigures
{
    private const int Runs = 15;

    /// <summary>Measures <c>config check</c>: medians after one warm-up; memory is the worst of all runs.</summary>
    public static async Task<IReadOnlyList<Figure>> MeasureAsync(string binary)
    {
        var root = Directory.CreateTempSubdirectory("slipway-bench-").FullName;
        try
        {
            // Where NoCloud's seed lies on a node: the source is chosen, not named.
            var seed = Path.Join(root, "var/lib/cloud/seed/nocloud");
            Directory.CreateDirectory(seed);
            var typical = Path.Join(seed, "user-data");
            await File.WriteAllTextAsync(typical, Typical());
            await File.WriteAllTextAsync(Path.Join(seed, "meta-data"), "instance-id: i-1\nlocal-hostname: worker-7\n");
            // Fails here where it is not valid: a refusal would be quicker.
            await Tool.RunAsync(binary, ["config", "check", "--root", root]);
            var chosen = await ProcessFigures.RepeatAsync(Runs, binary, "config", "check", "--root", root);
            var python = await ProcessFigures.RepeatAsync(Runs, "python3", "-c", "import sys, yaml\nyaml.safe_load(yaml.safe_load(open(sys.argv[1]))['write_files'][0]['content'])", typical);
            var time = Figure.Median(chosen.Select(r => r.Seconds * 1000));
            var figures = new List<Figure>
            {
                new("16 KiB of user data: chosen, parsed, checked", "ms", time, 30),
                new("the same, against python3 with yaml, parsed only", "ratio", time / Figure.Median(python.Select(r => r.Seconds * 1000)), 1.0),
            };
            var bare = Path.Join(root, "bare");
            Directory.CreateDirectory(bare);
            foreach (var hostile in Hostile.All)
            {
                var path = Path.Join(root, "input");
                await File.WriteAllBytesAsync(path, hostile.Make());
                var runs = await ProcessFigures.RepeatAsync(Runs / 3, binary, "config", "check", "--root", bare, "--config-source", $"file://{path}");
                figures.Add(new Figure(hostile.Name, "ms", Figure.Median(runs.Select(r => r.Seconds * 1000)), 200, hostile.Code ?? "read"));
                figures.Add(new Figure($"{hostile.Name}, memory", "MB", runs.Max(r => r.Kilobytes) / 1000.0, 64));
            }
            return figures;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>A cloud-config of 16 KiB: a NodeConfig, and units and scripts as people write them.</summary>
    private static string Typical()
    {
        const string Node = """
            #cloud-config
            hostname: worker-7
            users:
            - {name: ops, sudo: ALL=(ALL) NOPASSWD:ALL, shell: /bin/bash}
            write_files:
            - path: /etc/slipway/user-data.yaml
              permissions: "0600"
              content: |
                apiVersion: slipway.dev/v1alpha1
                kind: NodeConfig
                spec:
                  kubernetes: {version: 1.36.2}
                  node: {labels: {rack: b2}}
                  join:
                    kubeadm:
                      join:
                        apiServerEndpoint: 10.0.0.10:6443
                        token: abcdef.0123456789abcdef
                        caCertHashes: ["sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]

            """;
        var text = new System.Text.StringBuilder(Node);
        for (var file = 0; text.Length < 16 * 1024; file++)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"- path: /usr/local/bin/step-{file}\n  permissions: \"0755\"\n  content: |\n    #!/bin/sh\n    set -eu\n");
            for (var line = 0; line < 12; line++)
            {
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"    echo \"step {file}.{line}: $(date -u)\" >> /var/log/steps.log\n");
            }
        }
        return text.ToString();
    }
}
