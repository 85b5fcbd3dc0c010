using System.IO.Compression;
using System.Text;

namespace Slipway.Tests.Support;

/// <summary>User data made to hurt whoever reads it, and what must come of it.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Code">The code it is refused with; null where it is read.</param>
/// <param name="Make">Its bytes; made when asked for.</param>
internal sealed record Hostile(string Name, string? Code, Func<byte[]> Make)
{
    private const string Header = "apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\n";
    private const string Prepare = Header + "spec:\n  kubernetes: {version: 1.36.2, source: none}\n  node: {name: worker-7}\n  join: {mode: prepare}\n";

    private static readonly Lazy<byte[]> Bomb = new(() =>
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
        {
            byte[] megabyte = new byte[1024 * 1024];
            for (int i = 0; i < 1024; i++)
            {
                gzip.Write(megabyte);
            }
        }

        return packed.ToArray();
    });

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Hostile> All { get; } =
    [
        new("an alias bomb: nine to the tenth", "config.alias-refused", () => Text(Prepare + "  kubelet:\n    config:\n      a: &a [x, x, x, x, x, x, x, x, x]\n"
            + string.Concat("abcdefghi".Zip("bcdefghij", (from, to) => $"      {to}: &{to} [{string.Join(", ", Enumerable.Repeat($"*{from}", 9))}]\n")))),
        new("an alias bomb of merge keys", "config.alias-refused", () => Text(Prepare + "  kubelet:\n    config:\n      a: &a {" + Times(1000, i => $"k{i}: 1, ") + "}\n"
            + Times(5000, i => $"      m{i}: {{<<: *a}}\n"))),
        new("10,000 deep: YAML in one line", "config.too-deep", () => Text(Prepare + "  kubelet: {config: {a: " + new string('[', 10_000))),
        new("10,000 deep: YAML in blocks", "config.too-deep", () => Text(Prepare + "  kubelet:\n    config:\n      a:\n      " + Times(10_000, _ => "- ") + "x\n")),
        new("10,000 deep: JSON", "config.too-deep", () => Text("{\"apiVersion\": \"slipway.dev/v1alpha1\", \"kind\": \"NodeConfig\", \"spec\": {\"kubelet\": {\"config\": {\"a\": "
            + new string('[', 10_000) + new string(']', 10_000) + "}}}}")),
        new("a gzip bomb of 1 GB", "config.too-large", () => Bomb.Value),
        new("a gzip bomb of 1 GB in write_files", "config.too-large",
            () => Text($"#cloud-config\nwrite_files:\n- path: /etc/slipway/node.yaml\n  encoding: gz+b64\n  content: {Convert.ToBase64String(Bomb.Value)}\n")),
        new("one line of 1 MB", null, () => Text(Prepare + "  kubelet: {config: {clusterDomain: \"" + new string('x', 1_000_000) + "\"}}\n")),
        new("100,000 keys", "config.too-large", () => Text(Prepare + "  kubelet:\n    config:\n      a:\n" + Times(100_000, i => $"        k{i}: {i}\n"))),
        new("20,000 keys given twice", "config.duplicate-field", () => Text(Prepare + "  kubelet:\n    config:\n      a:\n" + Times(20_000, _ => "        k: 1\n"))),
        new("40,000 values", null, () => Text(Prepare + "  kubelet:\n    config:\n      allowedUnsafeSysctls: [" + Times(40_000, i => $"s{i}, ") + "]\n")),
        new("100,000 anchors", "config.too-large", () => Text(Prepare + "  kubelet:\n    config:\n      a:\n" + Times(100_000, i => $"      - &a{i} x\n"))),
        new("100,000 values in JSON", "config.too-large", () => Text("{\"apiVersion\": \"slipway.dev/v1alpha1\", \"kind\": \"NodeConfig\", \"spec\": {\"kubelet\": {\"config\": {\"a\": ["
            + Times(100_000, _ => "1, ") + "1]}}}}")),
        new("a number of 1,000,000 digits", "config.invalid-value", () => Text(Header + "spec:\n  join:\n    mode: prepare\n    kubeadm:\n      join: {controlPlane: {bindPort: "
            + new string('9', 1_000_000) + "}}\n")),
        new("an anchor of 1 MB", "config.alias-refused", () => Text(Prepare + "  kubelet:\n    config:\n      a: *" + new string('a', 1_000_000) + "\n")),
    ];

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static string Times(int times, Func<int, string> piece) => string.Concat(Enumerable.Range(0, times).Select(piece));

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}
