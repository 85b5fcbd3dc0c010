using System.Text;

namespace Slipway.Config;

/// <summary>Goes through user data as cloud-init does: MIME parts, archives, cloud-configs, scripts; and takes documents wherever they stand.</summary>
internal sealed class UserDataReader(TextOrigin whole, Harvest harvest)
{
    // From here on a text without a single word of ours is not parsed: nonsense costs no more than looking through it.
    private const int LargeText = 1024 * 1024;
    private const int MaxDepth = 4;

    /// <summary>What a text is by how it begins. cloud-init's own list, the longest first where one begins like another.</summary>
    /// <remarks>https://cloudinit.readthedocs.io/en/latest/explanation/format.html</remarks>
    private static readonly KeyValuePair<string, string>[] Starts =
    [
        new("#cloud-config-archive", "text/cloud-config-archive"),
        new("#cloud-config-jsonp", "text/cloud-config-jsonp"),
        new("#cloud-config", "text/cloud-config"),
        new("#cloud-boothook", "text/cloud-boothook"),
        new("#include", "text/x-include-url"),
        new("#part-handler", "text/part-handler"),
        new("#upstart-job", "text/upstart-job"),
        new("#!", "text/x-shellscript"),
    ];

    /// <summary>What is cloud-init's alone.</summary>
    private static readonly Dictionary<string, string> Others = new(StringComparer.Ordinal)
    {
        ["text/x-shellscript"] = "a script",
        ["text/x-shellscript-per-boot"] = "a script",
        ["text/x-shellscript-per-instance"] = "a script",
        ["text/x-shellscript-per-once"] = "a script",
        ["text/x-include-url"] = "a list of addresses for cloud-init",
        ["text/x-include-once-url"] = "a list of addresses for cloud-init",
        ["text/cloud-boothook"] = "a boot hook for cloud-init",
        ["text/part-handler"] = "a part handler for cloud-init",
        ["text/upstart-job"] = "an upstart job",
        ["text/cloud-config-jsonp"] = "a JSON patch for cloud-init",
    };

    private readonly List<CloudConfig> configs = [];
    private readonly List<Action> pending = [];

    private const string Stranger = "neither a NodeConfig nor a #cloud-config";
    private const string Expected = $"{NodeConfigSchema.ApiVersion} {NodeConfigSchema.Kind}";

    /// <summary>Reads the user data as a whole.</summary>
    /// <param name="payload">As its source delivered it, its encoding undone.</param>
    public UserDataResult Read(ReadOnlyMemory<byte> payload)
    {
        switch (PayloadDecoder.Decode(payload, ""))
        {
            case DecodeResult.Undecodable bad:
                harvest.Unreadable.Add(new Problem(whole.At(1, 1), "", bad.Failure.Code, bad.Failure.What));
                break;
            case DecodeResult.Decoded { Bytes: var bytes } when MimeReader.Begins(bytes.Span):
                ReadMessage(bytes);
                break;
            case DecodeResult.Decoded { Bytes: var bytes }:
                ReadBytes(bytes, whole, "", 0);
                break;
        }

        // Which of the cloud-configs says what is known once all have been seen.
        CloudConfig.Merge(configs);
        pending.ForEach(take => take());
        return harvest.Result();
    }

    private void ReadMessage(ReadOnlyMemory<byte> bytes)
    {
        MimeReader.Message message = MimeReader.Read(bytes, whole);
        harvest.Warnings.AddRange(message.Oddities);
        if (message.Refused is not null)
        {
            harvest.Problems.Add(message.Refused);
        }

        foreach (MimePart part in message.Parts)
        {
            TextOrigin place = whole.Shift(part.LinesBefore, 0).Inside(part.Name);
            switch (part.Decode())
            {
                case DecodeResult.Undecodable bad:
                    // A part of another's that nobody can read is that one's business.
                    List<Problem> list = IsOurs(part.Type) ? harvest.Problems : MayHoldOurs(part.Type) ? harvest.Unreadable : harvest.Warnings;
                    list.Add(new Problem(place.At(1, 1), "", bad.Failure.Code, $"{Quoting.Printable(part.Type, 60)}: {bad.Failure.What}"));
                    break;
                case DecodeResult.Decoded decoded:
                    harvest.Warnings.AddRange(decoded.Warnings.Select(w => new Problem(place.At(1, 1), "", "config.encoding-odd", w)));
                    bool asItIs = part.IsPlain && !part.Body.Span.StartsWith(GzipMembers.Magic);
                    ReadBytes(decoded.Bytes, asItIs ? place : whole.Decoded($"{part.Name}, {Quoting.Printable(part.Type, 60)}, {(part.IsPlain ? "gzip" : part.TransferEncoding)} decoded"), part.Type, 0, part.MergeType);
                    break;
            }
        }

        if (message.Parts.Count == 0 && message.Refused is null)
        {
            // Whoever writes a message means something by it.
            var at = whole.At(1, 1);
            string why = "";
            if (message.Oddities is [.., var last])
            {
                harvest.Warnings.Remove(last);
                (at, why) = (last.At, ": " + last.Message);
            }

            harvest.Unreadable.Add(new Problem(at, "", "config.mime-invalid", $"this MIME message has no parts that can be told apart{why}", "parts between boundaries"));
        }
    }

    private void ReadBytes(ReadOnlyMemory<byte> bytes, TextOrigin origin, string type, int depth, string mergeType = "")
    {
        // Other types may be anything, which no message is to say.
        bool counts = IsOurs(type) || MayHoldOurs(type);
        if (PayloadDecoder.Sniff(bytes) is { } inner)
        {
            harvest.Warnings.Add(new Problem(origin.At(1, 1), "", "config.encoding-odd", "the content is base64, though nothing says so; taken decoded"));
            (bytes, origin) = (inner, origin.Decoded(counts ? $"{type}, base64 decoded" : "base64 decoded"));
        }

        if (Utf8Text.Check(bytes.Span, origin) is { } problem)
        {
            (IsOurs(type) ? harvest.Problems : type.Length == 0 || counts ? harvest.Unreadable : harvest.Warnings).Add(problem);
        }
        else if (bytes.Length > LargeText && !counts && bytes.Span.Trim(" \t\r\n"u8) is not [(byte)'#', ..] && !HasOurWords(bytes.Span))
        {
            harvest.Others.Add(Stranger);
        }
        else
        {
            ReadText(Encoding.UTF8.GetString(bytes.Span), origin, type, depth, mergeType);
        }
    }

    private void ReadText(string text, TextOrigin origin, string type, int depth, string mergeType)
    {
        ReadOnlySpan<char> start = text.AsSpan().Trim();
        if (start.IsEmpty || start is "---")
        {
            harvest.Others.Add(start.IsEmpty ? "empty" : "redacted: \"---\"");
            if (IsOurs(type))
            {
                harvest.Problems.Add(new Problem(origin.At(1, 1), "", "config.kind-unsupported", $"the part is of type {type} and holds nothing", Expected));
            }

            return;
        }

        if (depth > MaxDepth)
        {
            harvest.Problems.Add(new Problem(origin.At(1, 1), "", "config.too-deep", $"archives are nested more than {MaxDepth} deep"));
            return;
        }

        JinjaTemplate.Rendering rendering = new(text, origin, []);
        if (JinjaTemplate.IsOne(start))
        {
            rendering = JinjaTemplate.Render(text, origin, harvest.Instance);
            start = rendering.Text.AsSpan().Trim();
            start = start[(start.IndexOf('\n') + 1)..].TrimStart();
        }

        string kind = KindOf(start, type);
        switch (kind)
        {
            case "text/cloud-config":
                var config = new CloudConfig(rendering, harvest, mergeType);
                configs.Add(config);
                pending.Add(config.Read);
                break;
            case "text/cloud-config-archive":
                ReadArchive(rendering, depth);
                break;
            case not "" when Others.TryGetValue(kind, out string? other):
                harvest.Others.Add(other);
                bool runs = kind == "text/cloud-boothook" || kind.StartsWith("text/x-shellscript", StringComparison.Ordinal);
                if (runs && (type.Length == 0 || type.StartsWith("text/", StringComparison.Ordinal)))
                {
                    harvest.Commands.Add(new ScalarNode(origin.At(1, 1), rendering.Text, ScalarKind.Text));
                }

                break;
            default:
                pending.Add(() => ReadDocuments(rendering, type));
                break;
        }
    }

    private void ReadDocuments(JinjaTemplate.Rendering rendering, string type)
    {
        ReadResult result = YamlReader.Read(rendering.Text, rendering.Origin);
        ConfigNode[] ours = [.. result.Documents.Where(d => DocumentKinds.Of(d) != DocumentKind.Other)];
        if (ours.Length == 0 && !IsOurs(type) && (result.Problems.Count == 0 || !DocumentKinds.Mentions(rendering.Text)))
        {
            harvest.Others.Add(result.Problems.Count == 0 ? Stranger : $"{Stranger} ({result.Problems[0].Message})");
            return;
        }

        harvest.Problems.AddRange(result.Problems);
        harvest.Problems.AddRange(ours.SelectMany(rendering.In).Concat(rendering.Around(1, int.MaxValue)).Select(gap => gap.ToProblem()));
        if (ours.Length == 0 && result.Problems.Count == 0)
        {
            harvest.Problems.Add(new Problem(rendering.Origin.At(1, 1), "", "config.kind-unsupported", $"the part is of type {type} and holds no such document", Expected));
        }
        else if (result.Problems.Count == 0)
        {
            harvest.Problems.AddRange(result.Documents.Except(ours).Select(d => new Problem(d.At, "", "config.kind-unsupported",
                "a document of another kind among NodeConfigs", Expected)));
        }

        harvest.Documents.AddRange(ours);
    }

    private void ReadArchive(JinjaTemplate.Rendering rendering, int depth)
    {
        ReadResult outer = YamlReader.Read(rendering.Text, new TextOrigin("", ""), foreign: true);
        harvest.Unreadable.AddRange(outer.Problems.Select(problem => problem with { At = rendering.Origin.At(problem.At.Line, problem.At.Column) }));
        harvest.Unreadable.AddRange(rendering.Gaps.Select(gap => gap.ToProblem()));
        if (outer.Problems.Count + rendering.Gaps.Count > 0)
        {
            return;
        }

        if (outer.Documents is not [SequenceNode list, ..])
        {
            harvest.Others.Add("a #cloud-config-archive without entries");
            return;
        }

        for (int i = 0; i < list.Items.Count; i++)
        {
            var mapping = list.Items[i] as MappingNode;
            if ((mapping is null ? list.Items[i] : mapping.Find("content")) is not ScalarNode content)
            {
                continue;
            }

            // What has no type and does not say what it is, is a cloud-config to cloud-init.
            string type = (mapping?.Find("type") as ScalarNode)?.Raw.Trim().ToLowerInvariant() ?? "";
            if (type.Length == 0 && KindOf(content.Raw.AsSpan().Trim(), "").Length == 0 && !JinjaTemplate.IsOne(content.Raw.AsSpan().Trim())
                && !DocumentKinds.Mentions(content.Raw))
            {
                type = "text/cloud-config";
            }

            ReadBytes(Encoding.UTF8.GetBytes(content.Raw), LiteralBlock.Place(content, rendering.Origin, $"entry {i + 1}"), type, depth + 1,
                ((mapping?.Find("Merge-Type") ?? mapping?.Find("X-Merge-Type")) as ScalarNode)?.Raw ?? "");
        }
    }

    /// <summary>What a text is read as: by its type where that says enough, else by how it begins; empty where neither says.</summary>
    private static string KindOf(ReadOnlySpan<char> start, string type)
    {
        if (IsOurs(type) || (type != "text/x-shellscript" && Others.ContainsKey(type)))
        {
            return type;
        }

        if (type is "text/cloud-config" or "text/cloud-config-archive")
        {
            return type;
        }

        foreach (var (begins, kind) in Starts)
        {
            if (start.StartsWith(begins, StringComparison.OrdinalIgnoreCase))
            {
                return kind;
            }
        }

        return type == "text/x-shellscript" ? type : "";
    }

    private static bool HasOurWords(ReadOnlySpan<byte> text) =>
        text.IndexOf("slipway.dev"u8) >= 0 || text.IndexOf("NodeConfig"u8) >= 0 || text.IndexOf(".k8s.io/"u8) >= 0 || text.IndexOf("node.eks.aws"u8) >= 0;

    private static bool IsOurs(string type) => type is "application/node.eks.aws" or "application/vnd.slipway.node+yaml";

    private static bool MayHoldOurs(string type) => type is "text/cloud-config" or "text/jinja2" or "text/cloud-config-archive";
}
