namespace Slipway.Stubs.Common;

/// <summary>A command line as Go's pflag reads it: <c>--name=value</c>, <c>--name value</c>, <c>-v 5</c>, <c>-v=5</c>; what is not known is refused.</summary>
internal sealed class Flags
{
    private readonly Dictionary<string, List<string>> values = new(StringComparer.Ordinal);

    private Flags()
    {
    }

    /// <summary>What was not a flag, in order.</summary>
    public List<string> Arguments { get; } = [];

    /// <summary>Names that were given, in order.</summary>
    public IEnumerable<string> Names => values.Keys;

    /// <summary>Reads a command line.</summary>
    /// <param name="words">The words after the verb.</param>
    /// <param name="text">Flags that take a value.</param>
    /// <param name="switches">Flags that are true when given alone.</param>
    /// <param name="shorthands">One-letter names and what they stand for.</param>
    /// <exception cref="FatalException">With pflag's own words, such as <c>unknown flag: --x</c>.</exception>
    public static Flags Parse(IEnumerable<string> words, IReadOnlySet<string> text, IReadOnlySet<string> switches, IReadOnlyDictionary<char, string>? shorthands = null)
    {
        Flags flags = new();
        Queue<string> rest = new(words);
        while (rest.TryDequeue(out string? word))
        {
            if (word == "--")
            {
                flags.Arguments.AddRange(rest);
                break;
            }
            if (word.Length < 2 || word[0] != '-')
            {
                flags.Arguments.Add(word);
                continue;
            }
            (string name, string? value) = Split(word, shorthands);
            if (switches.Contains(name))
            {
                flags.Add(name, value ?? "true");
            }
            else if (text.Contains(name))
            {
                flags.Add(name, value ?? (rest.TryDequeue(out string? next) ? next : throw new FatalException($"flag needs an argument: {word}")));
            }
            else
            {
                throw new FatalException($"unknown flag: --{name}");
            }
        }
        return flags;
    }

    /// <summary>Whether the flag was given.</summary>
    public bool Has(string name) => values.ContainsKey(name);

    /// <summary>The flag's last value, or the default.</summary>
    public string Get(string name, string otherwise = "") => values.TryGetValue(name, out List<string>? given) ? given[^1] : otherwise;

    /// <summary>All values of a repeatable, comma-separated flag.</summary>
    public IEnumerable<string> List(string name) =>
        values.TryGetValue(name, out List<string>? given) ? given.SelectMany(v => v.Split(',', StringSplitOptions.RemoveEmptyEntries)) : [];

    private static (string Name, string? Value) Split(string word, IReadOnlyDictionary<char, string>? shorthands)
    {
        if (word.StartsWith("--", StringComparison.Ordinal))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            return equals < 0 ? (word[2..], null) : (word[2..equals], word[(equals + 1)..]);
        }
        if (shorthands is null || !shorthands.TryGetValue(word[1], out string? name))
        {
            throw new FatalException($"unknown shorthand flag: '{word[1]}' in {word}");
        }
        return (name, word.Length == 2 ? null : word[2..].TrimStart('='));
    }

    private void Add(string name, string value)
    {
        if (!values.TryGetValue(name, out List<string>? given))
        {
            values[name] = given = [];
        }
        given.Add(value);
    }
}
