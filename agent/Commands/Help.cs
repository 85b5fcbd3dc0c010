using System.CommandLine;
using System.CommandLine.Invocation;

namespace Slipway.Commands;

/// <summary>
/// What <c>--help</c> prints: what a verb is for, how it is called, its arguments, its options and those of the verbs above it, its verbs.
/// The library's own help looks the same, and is a quarter of a megabyte of tuples (Substitutions.xml).
/// </summary>
internal sealed class Help : SynchronousCommandLineAction
{
    private const string Indent = "  ";

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        Write(parseResult.CommandResult.Command, parseResult.InvocationConfiguration.Output, Width());
        return 0;
    }

    /// <summary>Writes the help of one verb.</summary>
    /// <param name="command">The verb, or the root.</param>
    /// <param name="output">Where to.</param>
    /// <param name="width">The longest line, in characters.</param>
    public static void Write(Command command, TextWriter output, int width)
    {
        List<Command> line = [.. Above(command), command];
        output.WriteLine("Description:");
        Paragraph(command.Description ?? "");
        output.WriteLine();
        output.WriteLine("Usage:");
        Paragraph(Usage(line));
        output.WriteLine();
        Section("Arguments:", [.. line.SelectMany(each => each.Arguments).Where(argument => !argument.Hidden)
            .Select(argument => new Row(Label(argument), WithDefault(argument.Description, argument.HasDefaultValue ? argument.GetDefaultValue() : null)))]);
        // --help comes last among the verb's own.
        var own = command.Options.Where(option => option is not System.CommandLine.Help.HelpOption).Concat(command.Options.OfType<System.CommandLine.Help.HelpOption>());
        var inherited = line.SkipLast(1).Reverse().SelectMany(each => each.Options).Where(option => option.Recursive);
        Section("Options:", [.. own.Concat(inherited).Where(option => !option.Hidden)
            .Select(option => new Row(Label(option), WithDefault(option.Description, option.HasDefaultValue && option.Arity.MaximumNumberOfValues > 0 ? option.GetDefaultValue() : null)))]);
        Section("Commands:", [.. command.Subcommands.Where(verb => !verb.Hidden).Select(verb => new Row(Label(verb), verb.Description ?? ""))]);

        void Paragraph(string text) => Wrap(text, width - Indent.Length).ForEach(part => output.WriteLine(Indent + part));

        void Section(string heading, List<Row> rows)
        {
            if (rows.Count > 0)
            {
                output.WriteLine(heading);
                Columns(rows, output, width);
                output.WriteLine();
            }
        }
    }

    private static List<Command> Above(Command command)
    {
        var above = new List<Command>();
        for (var at = command; at.Parents.OfType<Command>().FirstOrDefault() is { } parent; at = parent)
        {
            above.Insert(0, parent);
        }
        return above;
    }

    private static string Usage(List<Command> line)
    {
        var words = line.SelectMany(command => (string[])[command.Name, .. command.Arguments.Where(argument => !argument.Hidden)
            .Select(argument => argument.Arity.MinimumNumberOfValues == 0 ? $"[{Label(argument)}]" : Label(argument))]).ToList();
        if (line[^1].Subcommands.Any(verb => !verb.Hidden))
        {
            words.Add("[command]");
        }
        words.Add("[options]"); // at least --help
        return string.Join(' ', words);
    }

    private static string Label(Argument argument) => $"<{argument.HelpName ?? argument.Name}>";

    private static string Label(Command verb) =>
        string.Join(' ', [Names(verb.Name, verb.Aliases), .. verb.Arguments.Where(argument => !argument.Hidden).Select(Label)]);

    private static string Label(Option option) => Names(option.Name, option.Aliases)
        + (option.Arity.MaximumNumberOfValues == 0 || option.ValueType == typeof(bool) ? "" : $" <{option.HelpName ?? option.Name.TrimStart('-')}>")
        + (option.Required ? " (REQUIRED)" : "");

    // Short ones first. Those with a slash, as on Windows, work, and are not told of.
    private static string Names(string name, IEnumerable<string> aliases)
    {
        string[] names = [.. aliases.Append(name).Where(each => each[0] != '/').Order(StringComparer.Ordinal)];
        return string.Join(", ", names.Where(each => !IsLong(each)).Concat(names.Where(IsLong)));

        static bool IsLong(string name) => name.StartsWith("--", StringComparison.Ordinal);
    }

    private static string WithDefault(string? description, object? value) =>
        value is not bool && value?.ToString() is { Length: > 0 } text ? $"{description} [default: {text}]" : description ?? "";

    private static void Columns(List<Row> rows, TextWriter output, int width)
    {
        var left = rows.Max(row => row.Label.Length);
        var right = rows.Max(row => row.Text.Length);
        var room = width - (2 * Indent.Length);
        if (left + right > room)
        {
            var half = (width / 2) - Indent.Length;
            left = left > half ? rows.Max(row => Wrap(row.Label, half).Max(part => part.Length)) : left;
            right = room - left;
        }
        foreach (var row in rows)
        {
            var (labels, texts) = (Wrap(row.Label, left), Wrap(row.Text, right));
            for (var at = 0; at < Math.Max(labels.Count, texts.Count); at++)
            {
                var label = at < labels.Count ? labels[at] : "";
                output.WriteLine(Indent + (at < texts.Count && !string.IsNullOrWhiteSpace(texts[at]) ? label.PadRight(left) + Indent + texts[at] : label));
            }
        }
    }

    /// <summary>A text in lines: where it breaks itself, and behind the last space that fits.</summary>
    private static List<string> Wrap(string text, int width)
    {
        var lines = new List<string>();
        width = Math.Max(width, 1);
        foreach (var whole in string.IsNullOrWhiteSpace(text) ? [] : text.Split('\n'))
        {
            var rest = whole;
            while (rest.Length > width)
            {
                var space = rest.AsSpan(0, width).LastIndexOf(' ');
                var taken = space < 0 ? width : space + 1;
                lines.Add(rest[..taken]);
                rest = rest[taken..];
            }
            lines.Add(rest);
        }
        return lines;
    }

    private static int Width()
    {
        try
        {
            return !Console.IsOutputRedirected && Console.WindowWidth is > 0 and var width ? width : int.MaxValue;
        }
        catch (IOException)
        {
            return int.MaxValue;
        }
    }

    private sealed record Row(string Label, string Text);
}
