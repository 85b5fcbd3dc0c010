using System.Text;

namespace Slipway.E2E;

/// <summary>The same user data for the real cloud-init of two Debian releases and for the agent: what cloud-init writes to disk is what the agent finds, by either way.</summary>
public sealed class CloudInitTests : IAsyncDisposable
{
    private const string Seed = "/var/lib/cloud/seed/nocloud";
    private const string Written = "/etc/lab";
    private const string MetaData = "instance-id: i-7\nlocal-hostname: worker-7.lab.example\n";
    private readonly ContainerNetwork network = ContainerNetwork.Take();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        network.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(Tree.Trixie)]
    [InlineData(Tree.Bookworm)]
    public async Task What_cloud_init_finds_the_agent_finds(string suite)
    {
        await using var node = await Container.CreateAsync(network, new ContainerOptions
        {
            Suite = suite,
            Files = GuestFile.ForAgent(Agent.Binary, null),
            UserData = "#cloud-config\nhostname: worker-7\n",
        });
        await node.StartAsync(TimeSpan.FromSeconds(60));
        await node.CheckAsync("cloud-init status --wait", TimeSpan.FromMinutes(2));
        await node.CheckAsync("mkdir -p /run/web; systemd-run -q -p WorkingDirectory=/run/web python3 -m http.server --bind 127.0.0.1 8000");
        var wrong = new List<string>();
        foreach (var variant in Variants)
        {
            if (await TryAsync(node, variant) is { } why)
            {
                wrong.Add($"{variant.Name}: {why}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join("\n\n", wrong));
    }

    /// <summary>Has cloud-init take the user data as a new instance's, then asks the agent; gives what does not agree, or null.</summary>
    private static async Task<string?> TryAsync(Container node, Variant variant)
    {
        await node.CheckAsync($"cloud-init clean && rm -rf {Written} {Seed} /var/log/cloud-init.log && mkdir -p {Written} {Seed}");
        await node.WriteAsync($"{Seed}/meta-data", MetaData);
        await WriteAsync(node, $"{Seed}/user-data", variant.UserData);
        if (variant.VendorData is { } vendor)
        {
            await node.WriteAsync($"{Seed}/vendor-data", vendor);
        }
        foreach (var (name, content) in variant.Web)
        {
            await node.WriteAsync($"/run/web/{name}", content);
        }
        var run = await node.RunAsync("cloud-init init --local && cloud-init init && cloud-init single --name write_files_deferred --frequency always");
        var files = (await node.CheckAsync($"ls {Written}")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (run.Exit != 0 || (files.Length == 0 && !variant.Ours))
        {
            return "cloud-init wrote nothing:\n" + (await node.RunAsync("grep -vE 'DEBUG|INFO' /var/log/cloud-init.log")).Output;
        }
        var written = await node.FindAsync(variant.Ours ? ["nocloud:"] : [.. files.Select(file => $"file://{Written}/{file}")]);
        Assert.StartsWith("worker-7", written.Name, StringComparison.Ordinal);
        foreach (var source in (string[])(variant.Fetched ? ["cloud-init:"] : ["cloud-init:", "nocloud:"]))
        {
            try
            {
                var found = await node.FindAsync(source);
                if (found.Sha256 != written.Sha256)
                {
                    return $"{source} gives {found.Text}, cloud-init wrote {written.Text}";
                }
            }
            catch (Xunit.Sdk.XunitException e)
            {
                return e.Message;
            }
        }
        return null;
    }

    private static async Task WriteAsync(Container node, string path, byte[] content) =>
        await node.CheckAsync($"base64 -d > {path} <<<{Convert.ToBase64String(content)}");

    private static IEnumerable<Variant> Variants =>
    [
        new("write_files, as it is", CloudConfig(Entry("a", Whole))),
        new("every encoding of write_files", CloudConfig(
        [
            Entry("a", Whole),
            .. ((string?[])["b64", "base64", "B64 ", "gz+base64", "gzip+base64", "gz+b64", "gzip+b64", "GZip+B64"]).Select(Encoded),
            .. ((string[])["gz", "gzip"]).Select((encoding, i) =>
                $"- path: {Written}/g{i}\n  encoding: {encoding}\n  content: !!binary |\n    {Base64(Documents.Gzip(Part("binary" + i)))}"),
            $"- path: {Written}/h\n  content: !!binary {Base64(Encoding.UTF8.GetBytes(Part("bare-binary")))}",
            $"- path: {Written}/i\n  encoding: text/plain\n  content: '{Part("flow")}'",
        ])),
        new("append puts two entries together", CloudConfig(
            Entry("a", Whole[..Whole.IndexOf("  join:", StringComparison.Ordinal)]), Entry("a", Whole[Whole.IndexOf("  join:", StringComparison.Ordinal)..], "append: true"))),
        new("an entry for later, with an owner", CloudConfig(Entry("a", Whole, "defer: true", "owner: root:root", "permissions: '0600'"))),
        new("a template over the metadata", Text("## template: jinja\n" + Encoding.UTF8.GetString(CloudConfig(Entry("a",
            Documents.NodeConfig("{{ ds.meta_data.local_hostname }}", "  kubelet: {config: {providerID: 'lab://{{ v1.instance_id }}/{{v1.local_hostname}}/{{ ds.meta_data[\"local-hostname\"] }}/{{ ds.meta_data.instance_id }}'}}")))))),
        new("CRLF", Text(Encoding.UTF8.GetString(CloudConfig(Entry("a", Whole))).Replace("\n", "\r\n", StringComparison.Ordinal))),
        new("gzip'd", Documents.Gzip(Encoding.UTF8.GetString(CloudConfig(Entry("a", Whole))))),
        new("MIME", Mime(("text/cloud-config", "", CloudConfigText(Entry("a", Ascii))), ("text/x-shellscript", "", "#!/bin/sh\ntrue\n"))),
        new("MIME with a part of the agent's own type", Mime(
            ("text/x-shellscript", "", "#!/bin/sh\ntrue\n"), ("application/vnd.slipway.node+yaml", "Content-Transfer-Encoding: base64\n", Base64(Text(Whole), wrap: true)),
            ("text/cloud-config", "", CloudConfigText(Entry("a", Part("written")))))) { Ours = true },
        new("MIME with encoded parts", Mime(
            ("text/x-shellscript", "Content-Transfer-Encoding: 7bit\n", "#!/bin/sh\ntrue\n"),
            ("text/cloud-config", "Content-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=\"a.txt\"\n", Base64(CloudConfig(Entry("a", Whole)), wrap: true)))),
        new("MIME with a gzip'd part", Mime(
            ("application/gzip", "Content-Transfer-Encoding: base64\n", Base64(Documents.Gzip(CloudConfigText(Entry("a", Ascii))), wrap: true)))),
        new("MIME in quoted-printable", Mime(("text/cloud-config; charset=\"utf-8\"", "Content-Transfer-Encoding: quoted-printable\n",
            CloudConfigText(Entry("a", Ascii)).Replace("=", "=3D", StringComparison.Ordinal).Replace("kind: Node", "kind: =\nNo=64e", StringComparison.Ordinal)))),
        new("MIME in MIME, and a template in it", Mime(("multipart/mixed; boundary=inner", "", "\n--inner\nContent-Type: text/jinja2\n\n## template: jinja\n"
            + CloudConfigText(Entry("a", Documents.NodeConfig("{{ v1.local_hostname }}"))) + "\n--inner\nContent-Type: text/plain\n\nhello\n--inner--\n"))),
        new("gzip'd MIME without its last boundary", Documents.Gzip(Encoding.UTF8.GetString(Mime(("text/cloud-config", "", CloudConfigText(Entry("a", Ascii))))).Replace("--outer--", "", StringComparison.Ordinal))),
        new("an archive", Text("#cloud-config-archive\n- type: text/x-shellscript\n  content: |\n    #!/bin/sh\n    true\n- type: text/cloud-config\n  content: |\n"
            + Documents.Indented(CloudConfigText(Entry("a", Whole)), 4))),
        new("an archive that leaves the type to the content", Text("#cloud-config-archive\n- |\n" + Documents.Indented(CloudConfigText(Entry("a", Whole)), 2))),
        // Not Whole: cloud-init's own copy of what it fetched has lost whatever is not ASCII.
        new("an include", Text("#include\nhttp://127.0.0.1:8000/a\n")) { Fetched = true, Web = new() { ["a"] = CloudConfigText(Entry("a", Ascii)) } },
        new("vendor data", Text("#cloud-config\nruncmd: []\n")) { Fetched = true, VendorData = CloudConfigText(Entry("a", Whole)) },
    ];

    /// <summary>A document that counts on its own, with what text can go wrong with.</summary>
    private static string Whole => Documents.NodeConfig("worker-7", "    # Größe: 1 µ, \ttab, 'quote', \"double\", = and \\\n  kubelet: {config: {providerID: \"lab://ü=\\u00e9 \\\\ ' \\t\"}}");

    /// <summary>The same for where cloud-init takes ASCII only: parts of MIME that are not encoded.</summary>
    private static string Ascii => Documents.NodeConfig("worker-7", "  kubelet: {config: {providerID: \"lab:// = \\\\ ' \\t\"}}");

    /// <summary>A document that adds one label, in flow style so that it fits on a line.</summary>
    private static string Part(string label) => $"{{\"apiVersion\": \"slipway.dev/v1alpha1\", \"kind\": \"NodeConfig\", \"spec\": {{\"node\": {{\"labels\": {{\"{label}\": \"yes\"}}}}}}}}";

    private static string Encoded(string? encoding, int number) =>
        $"- path: {Written}/b{number}\n  encoding: '{encoding}'\n  content: {Base64(encoding!.StartsWith("g", StringComparison.OrdinalIgnoreCase) ? Documents.Gzip(Part("e" + number)) : Text(Part("e" + number)))}";

    private static string Entry(string file, string content, params string[] more) =>
        $"- path: {Written}/{file}\n{string.Concat(more.Select(line => $"  {line}\n"))}  content: |2\n{Documents.Indented(content, 4)}";

    private static string CloudConfigText(params IEnumerable<string> entries) => $"#cloud-config\nwrite_files:\n{string.Join('\n', entries)}\n";

    private static byte[] CloudConfig(params IEnumerable<string> entries) => Text(CloudConfigText(entries));

    private static byte[] Mime(params (string Type, string Headers, string Content)[] parts) =>
        Text("Content-Type: multipart/mixed; boundary=\"outer\"\nMIME-Version: 1.0\n\n"
            + string.Concat(parts.Select(part => $"--outer\nContent-Type: {part.Type}\nMIME-Version: 1.0\n{part.Headers}\n{part.Content}\n")) + "--outer--\n");

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static string Base64(byte[] bytes, bool wrap = false) =>
        Convert.ToBase64String(bytes, wrap ? Base64FormattingOptions.InsertLineBreaks : Base64FormattingOptions.None).Replace("\r", "", StringComparison.Ordinal);

    /// <summary>User data of one shape.</summary>
    /// <param name="Name">What shape.</param>
    /// <param name="UserData">Its bytes.</param>
    private sealed record Variant(string Name, byte[] UserData)
    {
        /// <summary>Vendor data beside it.</summary>
        public string? VendorData { get; init; }

        /// <summary>Whether it is not for cloud-init to write: what it hands on is then compared with what the seed itself holds.</summary>
        public bool Ours { get; init; }

        /// <summary>What cloud-init may fetch, by name.</summary>
        public Dictionary<string, string> Web { get; init; } = [];

        /// <summary>Whether only cloud-init has the document, not the seed itself.</summary>
        public bool Fetched { get; init; }
    }
}
