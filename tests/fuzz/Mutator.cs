using Slipway.Config;

namespace Slipway.Fuzz;

/// <summary>Changes inputs a little, or makes them large.</summary>
internal sealed class Mutator(Dice dice)
{
    private static readonly byte[][] Pieces =
        [.. Samples.Odd.Concat(Samples.Right).Concat(Names(NodeConfigSchema.Root).Distinct().Select(name => name + ": ")).Where(p => p.Length > 0).Select(Generator.Bytes)];

    private readonly List<byte> text = [];

    /// <summary>An input with one to six changes.</summary>
    /// <param name="input">The input.</param>
    /// <param name="other">Another one, to take pieces of.</param>
    /// <param name="most">The most bytes of the result.</param>
    public byte[] Change(byte[] input, byte[] other, int most)
    {
        text.Clear();
        text.AddRange(input);
        for (int changes = 1 + dice.Below(1 + dice.Below(6)); changes > 0; changes--)
        {
            Change(other);
        }

        if (text.Count > most)
        {
            text.RemoveRange(most, text.Count - most);
        }

        return [.. text];
    }

    /// <summary>An input of up to so many bytes: one part of it, or a piece of syntax, over and over.</summary>
    public byte[] Grow(byte[] input, int most)
    {
        text.Clear();
        int wanted = 1 + dice.Below(most);
        int from = dice.Below(input.Length + 1);
        byte[] before = input[..from];
        byte[] after = input[from..];
        byte[] unit = dice.Below(3) switch
        {
            0 => dice.Pick(Pieces),
            1 when after.Length > 0 => after[..Math.Min(dice.Length(after.Length), after.Length)],
            _ => Line(input),
        };
        text.AddRange(before);
        bool counted = dice.OneIn(2);
        for (int i = 0; text.Count < wanted; i++)
        {
            text.AddRange(unit);
            if (counted)
            {
                // Keys, anchors and values that differ: 100 000 of one name would only be duplicates.
                text.AddRange(Generator.Bytes(i.ToString(System.Globalization.CultureInfo.InvariantCulture)));
                text.AddRange(dice.OneIn(2) ? ": 1\n"u8.ToArray() : ", "u8.ToArray());
            }
        }

        text.AddRange(after);
        if (text.Count > most)
        {
            text.RemoveRange(most, text.Count - most);
        }

        return [.. text];
    }

    private void Change(byte[] other)
    {
        int at = dice.Below(text.Count + 1);
        switch (text.Count == 0 ? 4 : dice.Below(9))
        {
            case 0:
                text.RemoveRange(at, Math.Min(dice.Length(64), text.Count - at));
                break;
            case 1:
                int length = Math.Min(dice.Length(128), text.Count - at);
                text.InsertRange(dice.Below(text.Count + 1), text.GetRange(at, length));
                break;
            case 2 when at < text.Count:
                text[at] ^= (byte)(1 << dice.Below(8));
                break;
            case 3 when at < text.Count:
                text[at] = (byte)dice.Next();
                break;
            case 5 when other.Length > 0:
                int start = dice.Below(other.Length);
                text.InsertRange(at, other.AsSpan(start, Math.Min(dice.Length(256), other.Length - start)).ToArray());
                break;
            case 6 when dice.OneIn(4):
                text.RemoveRange(at, text.Count - at);
                break;
            case 7:
                Indent(at);
                break;
            case 8:
                Replace(at);
                break;
            default:
                text.InsertRange(at, dice.Pick(Pieces));
                break;
        }
    }

    /// <summary>Moves a line in or out.</summary>
    private void Indent(int at)
    {
        int line = at == 0 ? 0 : text.LastIndexOf((byte)'\n', at - 1) + 1;
        if (line < text.Count && text[line] == ' ' && dice.OneIn(2))
        {
            text.RemoveAt(line);
        }
        else
        {
            text.Insert(line, (byte)' ');
        }
    }

    /// <summary>Puts another piece in a word's place.</summary>
    private void Replace(int at)
    {
        int end = at;
        while (end < text.Count && char.IsAsciiLetterOrDigit((char)text[end]))
        {
            end++;
        }

        text.RemoveRange(at, end - at);
        text.InsertRange(at, dice.Pick(Pieces));
    }

    private byte[] Line(byte[] input)
    {
        if (input.Length == 0)
        {
            return dice.Pick(Pieces);
        }

        int at = dice.Below(input.Length);
        int end = Array.IndexOf(input, (byte)'\n', at);
        int start = Array.LastIndexOf(input, (byte)'\n', at) + 1;
        return input[Math.Min(start, at)..(end < 0 ? input.Length : end + 1)];
    }

    private static IEnumerable<string> Names(FieldType type) => type switch
    {
        FieldType.Section section => section.Fields.SelectMany(field => Names(field.Type).Prepend(field.Name)),
        FieldType.ListOf list => Names(list.Item),
        FieldType.MapOf map => Names(map.Value),
        FieldType.TextOr either => Names(either.Mapping),
        _ => [],
    };
}
