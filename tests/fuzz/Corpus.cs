namespace Slipway.Fuzz;

/// <summary>The inputs that everything starts from: a folder a kind, a file an input. Regressions lie beside the others.</summary>
internal sealed class Corpus
{
    // Below the heap's limit there must be room for what is tested.
    private const int MaxLearnt = 4 * 1024 * 1024;

    private readonly Dictionary<string, List<byte[]>> inputs = new(StringComparer.Ordinal);
    private int learnt;

    private Corpus()
    {
    }

    /// <summary>Reads the corpus.</summary>
    public static Corpus Read(string folder)
    {
        var corpus = new Corpus();
        foreach (string kind in Directory.GetDirectories(folder).Order(StringComparer.Ordinal))
        {
            corpus.inputs[Path.GetFileName(kind)] = [.. Directory.GetFiles(kind).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
        }

        return corpus;
    }

    /// <summary>Where the corpus lies: the repository's <c>tests/fuzz/corpus</c>.</summary>
    public static string Folder()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Join(folder, "Agent.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return Path.Join(folder, "tests/fuzz/corpus");
    }

    /// <summary>The inputs of a kind.</summary>
    public IReadOnlyList<byte[]> Of(string kind) => inputs.TryGetValue(kind, out List<byte[]>? some) ? some : [];

    /// <summary>Every input, each once.</summary>
    public IEnumerable<byte[]> All => inputs.Values.SelectMany(some => some);

    /// <summary>Keeps an input that led somewhere new, to start from it again.</summary>
    public void Learn(string kind, byte[] input)
    {
        if (input.Length <= 4096 && learnt + input.Length <= MaxLearnt)
        {
            learnt += input.Length;
            if (!inputs.TryGetValue(kind, out List<byte[]>? some))
            {
                inputs[kind] = some = [];
            }

            some.Add(input);
        }
    }
}
