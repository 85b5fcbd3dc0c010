using System.Buffers;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Slipway.Config;
using Slipway.Reporting;

namespace Slipway.Fuzz;

/// <summary>What must hold of whatever comes out of the configuration code, for every input.</summary>
internal static class Promises
{
    /// <summary>A token that the corpus uses in a secret's place: no message may ever show it.</summary>
    public const string Canary = "canary.0123456789abcdef";

    private static readonly HashSet<string> Codes = [.. ErrorCodes.All.Select(code => code.Code)];

    private static readonly SearchValues<char> Particulars = SearchValues.Create("\"0123456789(");

    private static readonly MappingNode Empty = (MappingNode)YamlReader.Read("apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\n", "empty").Documents[0];

    /// <summary>Problems are printable, short, at a place, of a known code, and show no secret.</summary>
    /// <returns>What they are, roughly: for telling a new outcome from one that was there.</returns>
    public static string Problems(IReadOnlyList<Problem> problems)
    {
        var outcome = new StringBuilder();
        foreach (Problem problem in problems)
        {
            BrokenPromise.Unless(Codes.Contains(problem.Code), $"the code {problem.Code} is not documented");
            BrokenPromise.Unless(problem.At is { Line: > 0, Column: > 0 } && problem.Message.Length > 0, "a problem without a place or a message");
            string line = problem.ToString();
            BrokenPromise.Unless(!line.Any(char.IsControl), "a problem with control characters");
            BrokenPromise.Unless(problem.Value is not { } value || (!value.Any(char.IsControl) && !value.Contains(Canary, StringComparison.Ordinal)), "a problem's value with control characters or a secret");
            BrokenPromise.Unless(line.Length < 4000, "a problem of more than 4000 characters");
            BrokenPromise.Unless(
                !line[problem.At.ToString().Length..].Contains(Canary, StringComparison.Ordinal), "a problem shows a secret");
            if (outcome.Length < 200)
            {
                int quote = problem.Message.AsSpan().IndexOfAny(Particulars);
                outcome.Append(problem.Code).Append(' ').Append(problem.Message.AsSpan(0, quote < 0 ? problem.Message.Length : quote)).Append(';');
            }
        }

        return outcome.ToString();
    }

    /// <summary>As <see cref="Problems"/>, where at least one must be.</summary>
    public static string SomeProblems(IReadOnlyList<Problem> problems)
    {
        BrokenPromise.Unless(problems.Count > 0, "refused, but nothing is wrong");
        return Problems(problems);
    }

    /// <summary>What was read, printed and read again is the same.</summary>
    public static string Tree(ReadResult read)
    {
        foreach (ConfigNode document in read.Documents)
        {
            string printed = Json(document);
            ReadResult again = YamlReader.Read(printed, "again");
            // A lone null is no document.
            ConfigNode? second = again.Documents.Count == 1 ? again.Documents[0] : null;
            BrokenPromise.Unless(again.Problems.Count == 0 && second is not null, $"what was printed cannot be read: {string.Join(", ", again.Problems.Select(p => p.Code))}");
            BrokenPromise.Unless(Json(second!) == printed, "what was printed reads as something else");
        }

        return $"{read.Documents.Count} {Problems(read.Problems)}";
    }

    /// <summary>The promises of a configuration that holds: printing, saving and merging lose nothing.</summary>
    /// <returns>Which sections it has.</returns>
    public static string Valid(NodeConfigResult.Valid valid)
    {
        // The saved form reads back with the same id, also once it is scrubbed.
        byte[] saved = NodeConfigJson.Write(valid.Merged);
        BrokenPromise.Unless(Again(saved) is { } same && same.Id == valid.Id, "the saved document reads back as something else");
        byte[] scrubbed = NodeConfigJson.WriteScrubbed(valid.Merged);
        BrokenPromise.Unless(
            Again(scrubbed) is { } rest && NodeConfigJson.WriteScrubbed(rest.Merged).AsSpan().SequenceEqual(scrubbed), "the scrubbed document reads back as something else");

        // What people see is YAML of the same document; its secrets are hidden in both.
        string shown = Document(valid.Merged);
        ReadResult text = YamlReader.Read(ConfigPrinter.Text(valid.Merged), "shown");
        BrokenPromise.Unless(text.Problems.Count == 0 && text.Documents is [MappingNode], "what config show prints cannot be read");
        BrokenPromise.Unless(Document((MappingNode)text.Documents[0]) == shown, "what config show prints reads as something else");

        // Converting kubeadm's documents makes right ones, which stay as they are.
        if (KubeadmDocuments.Read(valid.Merged.Reach(KubeadmDocuments.Field)) is { Given: { Count: > 0 } given } && given.All(IsRight))
        {
            IReadOnlyList<MappingNode> converted = KubeadmConversion.ToV1Beta4(given);
            BrokenPromise.Unless(converted.All(IsRight), "a converted document is wrong");
            BrokenPromise.Unless(KubeadmConversion.ToV1Beta4(converted).Select(Json).SequenceEqual(converted.Select(Json)), "a converted document is converted again");
        }

        string id = NodeConfigJson.Id(valid.Merged);
        BrokenPromise.Unless(NodeConfigJson.Id(Fold.Documents([valid.Merged, Empty])) == id, "an empty document above changes something");
        BrokenPromise.Unless(NodeConfigJson.Id(Fold.Documents([Empty, valid.Merged])) == id, "an empty document below changes something");
        Wins(valid.Merged, Fold.Documents([Empty, valid.Merged, valid.Merged]));
        return "valid " + string.Join(' ', ((valid.Merged.Find("spec") as MappingNode)?.Entries ?? []).Select(e => e.Key));
    }

    /// <summary>Every value of a document that was merged last is in the result.</summary>
    public static void Wins(MappingNode above, MappingNode merged)
    {
        Dictionary<string, ConfigLeaf> leaves = [];
        foreach (ConfigLeaf leaf in ConfigLeaf.Of(merged))
        {
            leaves[leaf.Path] = leaf;
        }

        foreach (ConfigLeaf leaf in ConfigLeaf.Of(above))
        {
            // What appends stands further down; an empty mapping merges into a full one; null unsets; a key that looks secret has no path of its own.
            bool elsewhere = leaf.Path.StartsWith("spec.kubelet.flags", StringComparison.Ordinal) || leaf.Path.Contains("***", StringComparison.Ordinal)
                || leaf.Path.Contains('…') || leaf.Path.Contains('?') || leaf.Node is MappingNode { Entries.Count: 0 } || (leaf.Node is NullNode && !(leaf.Path.EndsWith(']') && char.IsAsciiDigit(leaf.Path[^2])));
            BrokenPromise.Unless(elsewhere || (leaves.TryGetValue(leaf.Path, out ConfigLeaf? at) && Json(at.Node) == Json(leaf.Node)), $"a present value does not win: {leaf.Path}");
        }
    }

    /// <summary>What is decoded is what the runtime, which is more lenient, makes of the same bytes.</summary>
    public static void AsOthersDecode(byte[] input, bool base64, ReadOnlyMemory<byte>? decoded)
    {
        if (decoded is not { } ours)
        {
            return;
        }

        if (base64)
        {
            string text = Encoding.ASCII.GetString([.. input.Where(b => !char.IsWhiteSpace((char)b) && b != '\f' && b != '\v')]);
            input = Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));
        }

        if (input is [0x1f, 0x8b, ..])
        {
            using var gzip = new GZipStream(new MemoryStream(input), CompressionMode.Decompress);
            using var whole = new MemoryStream();
            gzip.CopyTo(whole);
            input = whole.ToArray();
        }

        input = input is [0xEF, 0xBB, 0xBF, ..] ? input[3..] : input;
        BrokenPromise.Unless(ours.Span.SequenceEqual(input), "what was decoded is not what others decode");
    }

    /// <summary>A tree as JSON.</summary>
    public static string Json(ConfigNode node)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            NodeConfigJson.WriteNode(writer, node);
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }

    private static bool IsRight(MappingNode document) => KubeadmDocuments.Check(document).All(p => p.Severity == Severity.Warning);

    private static string Document(MappingNode merged)
    {
        string json = ConfigPrinter.Json(merged);
        return json[json.LastIndexOf("\n  \"document\":", StringComparison.Ordinal)..];
    }

    private static NodeConfigResult.Valid? Again(byte[] saved) =>
        NodeConfigReader.Read(NodeConfigJson.Read(Encoding.UTF8.GetString(saved), "config.json").Documents, userDataJoins: true, saved: true) as NodeConfigResult.Valid;
}
