using System.IO.Compression;
using System.Text;
using Slipway.Config;

namespace Slipway.Fuzz;

/// <summary>Makes inputs from nothing: documents by the schema, arbitrary trees, and user data around them.</summary>
internal sealed class Generator(Dice dice)
{
    private static readonly Position Nowhere = new("made", 1, 1);

    /// <summary>The machine that templates are rendered for.</summary>
    public static InstanceData Instance { get; } = new()
    {
        InstanceId = "i-1",
        LocalHostname = "worker-7",
        MetaData = (MappingNode)YamlReader.Read("local_hostname: worker-7\ninstance-id: i-1\nnetwork: {interfaces: [a, b]}\n", "meta-data").Documents[0],
    };

    /// <summary>An input of a kind; kinds without a generator of their own are made from text.</summary>
    public byte[] Make(string kind) => kind switch
    {
        "payload" => Packed(Bytes(NodeConfigText())),
        "json" => Bytes(Promises.Json(dice.OneIn(2) ? NodeConfig() : Tree(5))),
        "yaml" => Bytes(Text(Tree(5))),
        "node-config" => Bytes(NodeConfigText()),
        "cloud-config" => Bytes(CloudConfig()),
        "user-data" => dice.OneIn(3) ? Bytes(Mime(2)) : dice.OneIn(2) ? Bytes(CloudConfig()) : Packed(Bytes(CloudConfig())),
        "mime" => Bytes(Mime(2)),
        "jinja" => Bytes("## template: jinja\n" + dice.Pick(Samples.Odd) + CloudConfig()),
        "eks" => Bytes(Text(Value(EksSchema.Root, 6))),
        "kubeadm" => Bytes(string.Join("---\n", Enumerable.Range(0, 1 + dice.Below(2)).Select(_ => KubeadmText()))),
        "settings" => Bytes(Text(Value(SettingsSchema.Root, 3))),
        _ => Bytes(dice.Pick(Samples.Odd) + dice.Pick(Samples.Right) + dice.Pick(Samples.Odd)),
    };

    /// <summary>A NodeConfig that the schema takes. What must hold between fields mostly does, for documents that join.</summary>
    public MappingNode NodeConfig()
    {
        var spec = new List<MappingEntry>();
        foreach (Field field in ((FieldType.Section)((FieldType.Section)NodeConfigSchema.Root).Find("spec")!.Type).Fields)
        {
            if (field.Name != "join" && dice.OneIn(4))
            {
                spec.Add(Entry(field.Name, Value(field.Type, 4)));
            }
        }

        // Prepare needs nothing of the join but that what is there is right.
        spec.Add(Entry("join", dice.OneIn(6)
            ? Value(((FieldType.Section)((FieldType.Section)NodeConfigSchema.Root).Find("spec")!.Type).Find("join")!.Type, 6)
            : new MappingNode(Nowhere, [Entry("mode", Plain("prepare")), .. dice.OneIn(2) ? [Entry("kubeadm", Kubeadm())] : (MappingEntry[])[]])));
        return new MappingNode(Nowhere,
        [
            Entry("apiVersion", Plain(NodeConfigSchema.ApiVersion)), Entry("kind", Plain(NodeConfigSchema.Kind)),
            Entry("spec", new MappingNode(Nowhere, spec)),
        ]);
    }

    /// <summary>A value that a type takes.</summary>
    public ConfigNode Value(FieldType type, int depth) => type switch
    {
        FieldType.Text text => new ScalarNode(Nowhere, dice.Pick(Samples.Of(text.Format)), ScalarKind.Text),
        FieldType.Flag => Plain(dice.OneIn(2) ? "true" : "false"),
        FieldType.Number number when Math.Max(number.Least, 0) is var least =>
            Plain((least + dice.Below((int)Math.Min(number.Most - least, 1000) + 1)).ToString(System.Globalization.CultureInfo.InvariantCulture)),
        FieldType.Fraction => Plain(dice.Pick((string[])["0", "1.5", "0.9", "3e2"])),
        FieldType.Choice choice => new ScalarNode(Nowhere, dice.Pick(choice.Words), ScalarKind.Text),
        FieldType.Confidential secret => !secret.ValueOnly && dice.OneIn(3)
            ? new MappingNode(Nowhere, [Entry("fromFile", Plain("/run/secret"))])
            : new ScalarNode(Nowhere, dice.Pick(Samples.Of(secret.Format)), ScalarKind.Text),
        FieldType.ListOf list => new SequenceNode(Nowhere, [.. Enumerable.Range(0, dice.Below(3)).Select(_ => Value(list.Item, depth - 1))]),
        FieldType.MapOf map => Mapping(Enumerable.Range(0, dice.Below(3)).Select(_ => Entry(dice.Pick(Samples.Of(map.Key)), Value(map.Value, depth - 1)))),
        // kubeadm's documents: read at their use.
        FieldType.Varying => new MappingNode(Nowhere, [Entry("fromFile", Plain("/run/secret"))]),
        FieldType.TextOr either => dice.OneIn(3) ? Value(either.Mapping, depth) : Value(either.Plain, depth),
        FieldType.Section section => Mapping(section.Fields.Where(field => dice.OneIn(2) || section.Rules.Any(r => r is Rule.Required need && need.Name == field.Name))
            .Select(field => Entry(field.Name, dice.OneIn(20) ? new NullNode(Nowhere) : Value(field.Type, depth - 1)))),
        _ => Tree(2) is MappingNode tree ? tree : new MappingNode(Nowhere, []),
    };

    /// <summary>Any tree.</summary>
    public ConfigNode Tree(int depth)
    {
        switch (depth > 0 ? dice.Below(6) : 5)
        {
            case 0 or 1 or 2:
                return Mapping(Enumerable.Range(0, dice.Below(5)).Select(_ => Entry(Any(), Tree(depth - 1))));
            case 3:
                return new SequenceNode(Nowhere, [.. Enumerable.Range(0, dice.Below(5)).Select(_ => Tree(depth - 1))]);
            case 4:
                return Plain(dice.Pick((string[])["null", "true", "FALSE", "0", "-17", "0x1F", "1.30", "1e400", ".5", "99999999999999999999", "012"]));
            default:
                return new ScalarNode(Nowhere, Any(), ScalarKind.Text);
        }
    }

    /// <summary>A tree as YAML, in one of the many ways to write it. What is read back is the same tree.</summary>
    public string Text(ConfigNode root)
    {
        var text = new StringBuilder();
        new YamlWriter(dice, text).Document(root);
        return text.ToString();
    }

    /// <summary>Gzip, base64, both or neither around some bytes.</summary>
    public byte[] Packed(byte[] bytes)
    {
        if (!dice.OneIn(3))
        {
            int cut = dice.OneIn(4) ? dice.Below(bytes.Length + 1) : 0;
            bytes = [.. cut > 0 ? Gzip(bytes.AsSpan(0, cut)) : [], .. Gzip(bytes.AsSpan(cut))];
        }

        return dice.OneIn(2) ? bytes : Bytes(Convert.ToBase64String(bytes, dice.OneIn(2) ? Base64FormattingOptions.InsertLineBreaks : default));
    }

    /// <summary>Text as bytes.</summary>
    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private string KubeadmText() =>
        Text(Value(KubeadmSchema.Table(dice.OneIn(2) ? KubeadmSchema.V1Beta3 : KubeadmSchema.V1Beta4, dice.Pick(KubeadmSchema.Kinds))!, 6));

    private static byte[] Gzip(ReadOnlySpan<byte> bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }

    private string NodeConfigText() => Text(NodeConfig());

    private MappingNode Kubeadm() => new(Nowhere, [Entry("join", new MappingNode(Nowhere,
    [
        Entry("apiServerEndpoint", Plain("10.0.0.10:6443")), Entry("token", Plain(Promises.Canary)),
        dice.OneIn(2)
            ? Entry("unsafeSkipCAVerification", Plain("true"))
            : Entry("caCertHashes", new SequenceNode(Nowhere, [Plain("sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")])),
    ]))]);

    private string CloudConfig()
    {
        var files = new List<ConfigNode>();
        for (int count = dice.Below(4); count >= 0; count--)
        {
            string content = dice.OneIn(4) ? dice.Pick(Samples.Right) : NodeConfigText();
            List<MappingEntry> file = [Entry("path", Plain($"/etc/{dice.Below(3)}.yaml"))];
            switch (dice.Below(5))
            {
                case 0:
                    content = Convert.ToBase64String(Bytes(content));
                    file.Add(Entry("encoding", Plain(dice.Pick((string[])["b64", "base64", "B64"]))));
                    break;
                case 1:
                    content = Convert.ToBase64String(Gzip(Bytes(content)));
                    file.Add(Entry("encoding", Plain(dice.Pick((string[])["gz+b64", "gzip+base64", "gz+base64"]))));
                    break;
                default:
                    break;
            }

            file.Add(Entry("content", new ScalarNode(Nowhere, content, ScalarKind.Text)));
            if (dice.OneIn(4))
            {
                file.Add(Entry("append", Plain("true")));
            }

            files.Add(Mapping(file));
        }

        List<MappingEntry> root = [Entry("write_files", new SequenceNode(Nowhere, files))];
        if (dice.OneIn(3))
        {
            root.Add(Entry("runcmd", new SequenceNode(Nowhere, [Plain("kubeadm join"), Tree(2)])));
        }

        if (dice.OneIn(4))
        {
            root.Add(Entry(Any(), Tree(3)));
        }

        return (dice.OneIn(4) ? "## template: jinja\n" : "") + "#cloud-config\n" + Text(Mapping(root));
    }

    private string Mime(int depth)
    {
        string boundary = dice.Pick((string[])["b", "==1==", "a b", "b--"]);
        var text = new StringBuilder($"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"{boundary}\"\n\n");
        for (int parts = dice.Below(4); parts >= 0; parts--)
        {
            text.Append($"--{boundary}\n");
            if (depth > 0 && dice.OneIn(6))
            {
                text.Append(Mime(depth - 1));
                continue;
            }

            string body = dice.OneIn(3) ? CloudConfig() : NodeConfigText();
            text.Append($"Content-Type: {dice.Pick((string[])["text/cloud-config", "application/node.eks.aws", "application/vnd.slipway.node+yaml", "text/x-shellscript", "text/plain"])}\n");
            if (dice.OneIn(3))
            {
                text.Append("Content-Transfer-Encoding: base64\n");
                body = Convert.ToBase64String(Bytes(body), Base64FormattingOptions.InsertLineBreaks);
            }

            text.Append('\n').Append(body).Append('\n');
        }

        string whole = text.Append($"--{boundary}--\n").ToString();
        return dice.OneIn(3) ? whole.Replace("\n", "\r\n", StringComparison.Ordinal) : whole;
    }

    private static MappingNode Mapping(IEnumerable<MappingEntry> entries) => new(Nowhere, [.. entries.DistinctBy(e => e.Key)]);

    private string Any() => dice.Pick(dice.OneIn(8) ? Samples.Odd : Samples.Right);

    private static MappingEntry Entry(string key, ConfigNode value) => new(key, Nowhere, value);

    private static ConfigNode Plain(string raw) => CoreSchema.Resolve(Nowhere, raw);
}
