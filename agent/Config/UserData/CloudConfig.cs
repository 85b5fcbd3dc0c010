using System.Text;

namespace Slipway.Config;

/// <summary>
/// Looks into a <c>#cloud-config</c> for documents in <c>write_files</c> and for the commands it runs. Formats:
/// https://cloudinit.readthedocs.io/en/latest/reference/modules.html#write-files
/// </summary>
internal sealed class CloudConfig
{
    // Where NodeConfigs and kubeadm's documents are kept.
    private static readonly string[] OurPaths = ["slipway", "kubeadm", "nodeadm", "/etc/eks"];

    // What a document for this node has in it.
    private static readonly string[] DocumentWords = ["slipway.dev/", "node.eks.aws/", "kubeadm.k8s.io/"];

    private readonly JinjaTemplate.Rendering text;
    private readonly Harvest harvest;
    private readonly List<WrittenFile> files = [];
    private readonly Dictionary<string, WrittenFile> byPath = new(StringComparer.Ordinal);

    private readonly HashSet<string> replaced = [];
    private readonly string mergeType;
    private MappingNode? root;

    /// <summary>Parses a cloud-config.</summary>
    /// <param name="text">The whole text, headers included; a template rendered.</param>
    /// <param name="harvest">Where to put what it holds.</param>
    /// <param name="mergeType">How cloud-init is to merge it with the parts before: the value of the part's header; empty for none.</param>
    public CloudConfig(JinjaTemplate.Rendering text, Harvest harvest, string mergeType)
    {
        this.text = text;
        this.harvest = harvest;
        Parse();
        this.mergeType = string.Join(' ', (string[])[mergeType, .. (root is null ? [] : (string[])["merge_how", "merge_type"]).Select(key => Words(root!.Find(key)))]).Trim();
    }

    /// <summary>
    /// Merges the parts of one user data as cloud-init does: of a key that several have the last one's value counts, unless that part asks for
    /// its lists to be added. https://docs.cloud-init.io/en/latest/reference/merging.html
    /// </summary>
    /// <param name="parts">The parts in order.</param>
    public static void Merge(IReadOnlyList<CloudConfig> parts)
    {
        foreach (string key in (string[])["bootcmd", "runcmd", "write_files"])
        {
            bool covered = false;
            foreach (CloudConfig part in parts.Reverse().Where(part => part.root?.Entry(key) is not null))
            {
                if (covered)
                {
                    part.replaced.Add(key);
                }

                covered |= !(part.mergeType.Contains("list(append", StringComparison.Ordinal) || part.mergeType.Contains("list(prepend", StringComparison.Ordinal));
            }
        }
    }

    private void Parse()
    {
        // Places are those of the rendered text here, and become the operator's where a problem is made of them.
        ReadResult outer = YamlReader.Read(text.Text, new TextOrigin("", ""), foreign: true);
        if (outer.Problems.Count > 0)
        {
            Refuse(outer.Problems);
            return;
        }

        root = outer.Documents is [MappingNode first, ..] ? first : null;
        if (root is null)
        {
            harvest.Others.Add("a #cloud-config without content");
        }
    }

    /// <summary>Takes what it holds, but for what a later part replaces.</summary>
    public void Read()
    {
        if (root is null)
        {
            return;
        }

        if (mergeType.Length > 0)
        {
            harvest.Warnings.Add(new Problem(At(root), "merge_how", "config.mime-odd",
                $"cloud-init merges this part by rules of its own ({Quoting.Value(mergeType)}); of those only list(append) is looked at"));
        }

        foreach (string key in (string[])["bootcmd", "runcmd"])
        {
            if (!replaced.Contains(key) && root.Find(key) is { } commands)
            {
                harvest.Commands.Add(commands);
            }
        }

        int had = harvest.Documents.Count + harvest.Problems.Count;
        if (replaced.Contains("write_files"))
        {
            if (DocumentWords.Any(word => text.Text.Contains(word, StringComparison.Ordinal)))
            {
                harvest.Unreadable.Add(new Problem(At(root.Entry("write_files")!.Value), "write_files", "config.mime-odd",
                    "cloud-init does not write these files: a later part has write_files too, which replaces them", "all files in one part, or merge_how: list(append)+dict(recurse_list)+str() in the later one"));
            }
        }
        else if (root.Find("write_files") is SequenceNode entries)
        {
            int start = root.Entry("write_files")!.KeyAt.Line;
            int end = (root.Entries.Where(entry => entry.KeyAt.Line > start).MinBy(entry => entry.KeyAt.Line)?.KeyAt.Line ?? int.MaxValue) - 1;
            // Deferred files are written last, after packages and users are there.
            ReadEntries(entries, end, deferred: false);
            ReadEntries(entries, end, deferred: true);
            files.ForEach(ReadFile);
        }

        bool found = harvest.Documents.Count + harvest.Problems.Count > had;
        harvest.Others.AddRange(found ? [] : ["a #cloud-config without a NodeConfig in write_files" + MisspeltCloudConfig.Hint(root)]);
    }

    private void Refuse(IReadOnlyList<Problem> problems)
    {
        bool ours = text.Text.Contains("slipway.dev/", StringComparison.Ordinal);
        if (text.Gaps.Count > 0 && !ours && !text.Text.Contains("k8s.io/", StringComparison.Ordinal) && !text.Text.Contains("NodeConfig", StringComparison.Ordinal))
        {
            harvest.Others.Add("a #cloud-config whose template cannot be rendered here");
            return;
        }

        List<Problem> list = ours ? harvest.Problems : harvest.Unreadable;
        list.AddRange(problems.Select(problem => problem with { At = text.Origin.At(problem.At.Line, problem.At.Column) }));
        // It may be valid once cloud-init has rendered all of it.
        list.AddRange(text.Gaps.Take(1).Select(gap => gap.ToProblem()));
    }

    private void ReadEntries(SequenceNode entries, int end, bool deferred)
    {
        for (int i = 0; i < entries.Items.Count; i++)
        {
            if (entries.Items[i] is MappingNode entry && IsTrue(entry.Find("defer")) == deferred)
            {
                int last = i + 1 < entries.Items.Count ? Math.Max(entry.At.Line, entries.Items[i + 1].At.Line - 1) : end;
                Add(entry, i, last);
            }
        }
    }

    private void Add(MappingNode entry, int index, int lastLine)
    {
        string path = Text(entry, "path") ?? "";
        string name = path.Length > 0 && !Quoting.LooksSecret(path) ? $"write_files[{index}] {Quoting.Printable(path, 120)}" : $"write_files[{index}]";
        // An entry without a path is written nowhere, but says what it means.
        if (!byPath.TryGetValue(path.Length > 0 ? path : name, out WrittenFile? file))
        {
            files.Add(byPath[path.Length > 0 ? path : name] = file = new WrittenFile(path));
        }

        if (!IsTrue(entry.Find("append")))
        {
            // cloud-init writes the file anew.
            file.Pieces.Clear();
        }

        file.SetMode(entry.Find("permissions") as ScalarNode);
        bool elsewhere = (entry.Find("source") as MappingNode)?.Find("uri") is ScalarNode { Raw.Length: > 0 };
        string encoding = (Text(entry, "encoding") ?? "").Trim();
        var content = entry.Find("content") as ScalarNode;
        var piece = new WrittenPiece(content, entry.At.Line, lastLine, name) { IsElsewhere = elsewhere, Text = content?.Raw ?? "" };
        if (content is not null && encoding.ToLowerInvariant() is not ("" or "text/plain" or "plain"))
        {
            string field = $"write_files[{index}].{(entry.Find("encoding") is null ? "content" : "encoding")}";
            DecodeResult result = PayloadDecoder.Decode(Encoding.UTF8.GetBytes(content.Raw), encoding);
            // A value of YAML's type !!binary is base64 by itself.
            bool binary = result is DecodeResult.Decoded { Warnings.Count: > 0 } && content.Raw.StartsWith("H4sI", StringComparison.Ordinal);
            result = binary ? PayloadDecoder.Decode(Encoding.UTF8.GetBytes(content.Raw), "gzip+base64") : result;
            TextOrigin inner = text.Origin.Decoded($"{name}, {Quoting.Printable(encoding, 20)} decoded");
            piece = result switch
            {
                DecodeResult.Decoded decoded => piece with
                {
                    Place = inner,
                    // What is no text holds no document.
                    Text = Utf8Text.Decode(decoded.Bytes.Span, inner, out _) ?? "",
                    Warnings = [.. decoded.Warnings.Select(w => new Problem(At(content), field, "config.encoding-odd", w))],
                },
                DecodeResult.Undecodable bad => piece with { Text = "", Unreadable = new Problem(At(content), field, bad.Failure.Code, bad.Failure.What) },
                _ => piece,
            };
        }

        file.Pieces.Add(piece);
    }

    private void ReadFile(WrittenFile file)
    {
        harvest.Unreadable.AddRange(file.Pieces.Select(piece => piece.Unreadable).OfType<Problem>());
        string content = file.Pieces.Count == 1 ? file.Pieces[0].Text : string.Concat(file.Pieces.Select(piece => piece.Text));
        if (file.Pieces.Find(piece => piece.IsElsewhere) is { } elsewhere)
        {
            // What cloud-init fetched for this file is what it wrote.
            if (harvest.Written(file.Path) is { } onDisk)
            {
                Take(file, onDisk, new TextOrigin(text.Origin.Source, file.Path), rendered: false);
            }
            else if (OurPaths.Any(word => file.Path.Contains(word, StringComparison.Ordinal)))
            {
                harvest.Warnings.Add(new Problem(text.Origin.At(elsewhere.FirstLine, 1), elsewhere.Name.Split(' ')[0] + ".source", "config.source-not-followed",
                    $"what stands at the address for {Quoting.Printable(file.Path, 120)} is not fetched, and cloud-init has not written the file"));
            }

            return;
        }

        if (content.Contains("adm", StringComparison.Ordinal) && file.Path.Length > 0)
        {
            harvest.Scripts[file.Path] = content;
        }

        if (!file.IsPatch && DocumentKinds.Mentions(content))
        {
            Take(file, content, PlaceOf(file), rendered: text.Gaps.Count > 0);
        }
    }

    /// <summary>Takes the documents of a file's content.</summary>
    private void Take(WrittenFile file, string content, TextOrigin place, bool rendered)
    {
        ReadResult inner = YamlReader.Read(content, place);
        List<ConfigNode> ours = [.. inner.Documents.Where(document => DocumentKinds.InFile(document) != DocumentKind.Other)];
        // kube-proxy's settings are kubeadm's business where they stand in its own file.
        ours.RemoveAll(document => DocumentKinds.Of(document) == DocumentKind.KubeProxy && !ours.Exists(other => DocumentKinds.Of(other) == DocumentKind.Kubeadm));
        bool broken = inner.Problems.Count > 0 && (ours.Count > 0 || content.Contains("slipway.dev/", StringComparison.Ordinal));
        if (rendered && (broken || ours.Count > 0))
        {
            // In a comment of the document an expression does no harm.
            List<JinjaGap> gaps = [.. broken ? text.In(content) : ours.SelectMany(text.In), .. file.Pieces.SelectMany(piece => text.Around(piece.FirstLine, piece.LastLine))];
            if (gaps.Count > 0)
            {
                if (harvest.Written(file.Path) is { } onDisk)
                {
                    Take(file, onDisk, new TextOrigin(text.Origin.Source, file.Path), rendered: false);
                }
                else
                {
                    harvest.Problems.AddRange(gaps.Distinct().Select(gap => gap.ToProblem()));
                }

                return;
            }
        }

        if (broken)
        {
            harvest.Problems.AddRange(inner.Problems);
        }

        if (ours.Count > 0)
        {
            harvest.Warnings.AddRange(file.Pieces.SelectMany(piece => piece.Warnings));
            if ((file.Mode & 4) != 0 && ours.Exists(ConfigLeaf.HoldsSecret))
            {
                WrittenPiece last = file.Pieces[^1];
                harvest.Warnings.Add(new Problem(text.Origin.At(last.FirstLine, 1), last.Name.Split(' ')[0] + ".permissions", "config.world-readable",
                    $"the file holds a secret, and everybody on the node may read it (mode {Convert.ToString(file.Mode, 8).PadLeft(4, '0')})", "\"0600\""));
            }
        }

        harvest.Documents.AddRange(ours);
    }

    /// <summary>Where a file's text lies: for one written by several entries, piece by piece.</summary>
    private TextOrigin PlaceOf(WrittenFile file)
    {
        var pieces = new List<TextPiece>();
        int line = 1;
        foreach (WrittenPiece piece in file.Pieces.Where(piece => piece.Text.Length > 0))
        {
            pieces.Add(new TextPiece(line, piece.Place ?? LiteralBlock.Place(piece.Content!, text.Origin, piece.Name)));
            line += piece.Text.AsSpan().Count('\n');
        }

        return pieces.Count == 1 ? pieces[0].Origin : new TextOrigin(text.Origin.Source, text.Origin.File) { Pieces = pieces };
    }

    private Position At(ConfigNode node) => text.Origin.At(node.At.Line, node.At.Column);

    private static string Words(ConfigNode? node) => node switch
    {
        ScalarNode scalar => scalar.Raw,
        SequenceNode list => string.Join('+', list.Items.Select(item => item is MappingNode merger
            ? $"{Text(merger, "name")}({string.Join(',', (merger.Find("settings") as SequenceNode)?.Items.OfType<ScalarNode>().Select(s => s.Raw) ?? [])})" : "")),
        _ => "",
    };

    private static string? Text(MappingNode mapping, string key) => (mapping.Find(key) as ScalarNode)?.Raw;

    private static bool IsTrue(ConfigNode? node) => node is ScalarNode flag && flag.Raw.Trim().ToLowerInvariant() is "true" or "1" or "on" or "yes";
}
