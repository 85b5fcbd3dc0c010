using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Slipway.Config;

namespace Slipway.Fuzz;

/// <summary>Writes a tree as YAML 1.2 in ways that dice choose: block or flow, plain, quoted or literal.</summary>
internal sealed class YamlWriter(Dice dice, StringBuilder text)
{
    /// <summary>A whole document.</summary>
    public void Document(ConfigNode root)
    {
        if (root is MappingNode { Entries.Count: > 0 } or SequenceNode { Items.Count: > 0 } && !dice.OneIn(10))
        {
            Block(root, 0);
        }
        else
        {
            // What begins as JSON is read as JSON, and this need not be.
            text.Append("--- ");
            Flow(root);
            text.Append('\n');
        }
    }

    private void Block(ConfigNode node, int indent)
    {
        if (node is MappingNode mapping)
        {
            foreach (MappingEntry entry in mapping.Entries)
            {
                text.Append(' ', indent);
                Line(entry.Key, inFlow: false);
                text.Append(':');
                Under(entry.Value, indent);
            }
        }
        else
        {
            foreach (ConfigNode item in ((SequenceNode)node).Items)
            {
                text.Append(' ', indent).Append('-');
                Under(item, indent);
            }
        }
    }

    private void Under(ConfigNode value, int indent)
    {
        if (value is MappingNode { Entries.Count: > 0 } or SequenceNode { Items.Count: > 0 } && !dice.OneIn(4))
        {
            text.Append(dice.OneIn(8) ? " # comment\n" : "\n");
            Block(value, indent + 1 + dice.Below(3));
        }
        else if (value is ScalarNode { Kind: ScalarKind.Text } scalar && IsLiteral(scalar.Raw))
        {
            text.Append(" |\n");
            foreach (string line in scalar.Raw[..^1].Split('\n'))
            {
                text.Append(' ', line.Length > 0 ? indent + 2 : 0).Append(line).Append('\n');
            }
        }
        else
        {
            text.Append(' ');
            Flow(value);
            text.Append(dice.OneIn(8) ? " # comment\n" : "\n");
        }
    }

    private void Flow(ConfigNode node)
    {
        string separator = "";
        switch (node)
        {
            case MappingNode mapping:
                text.Append('{');
                foreach (MappingEntry entry in mapping.Entries)
                {
                    text.Append(separator);
                    Line(entry.Key, inFlow: true);
                    text.Append(": ");
                    Flow(entry.Value);
                    separator = dice.OneIn(2) ? ", " : " , ";
                }

                text.Append('}');
                break;
            case SequenceNode list:
                text.Append('[');
                foreach (ConfigNode item in list.Items)
                {
                    text.Append(separator);
                    Flow(item);
                    separator = ", ";
                }

                text.Append(']');
                break;
            case ScalarNode { Kind: ScalarKind.Text } scalar:
                Line(scalar.Raw, inFlow: true);
                break;
            case ScalarNode scalar:
                text.Append(scalar.Raw);
                break;
            default:
                text.Append(dice.OneIn(2) ? "null" : "~");
                break;
        }
    }

    private void Line(string raw, bool inFlow)
    {
        bool plain = raw.Length > 0 && char.IsAsciiLetterOrDigit(raw[0]) && CoreSchema.IsText(raw)
            && raw.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '/' or '.' or '@' || (c == ':' && !inFlow && raw[^1] != ':'));
        if (plain && !dice.OneIn(4))
        {
            text.Append(raw);
        }
        else if (dice.OneIn(2) && raw.All(c => c is >= ' ' and not '\u007f' && !char.IsSurrogate(c) && c < '\u2000' && c is not ('\u0085' or '\u00A0')))
        {
            text.Append('\'').Append(raw.Replace("'", "''", StringComparison.Ordinal)).Append('\'');
        }
        else
        {
            text.Append('"').Append(JsonEncodedText.Encode(raw, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)).Append('"');
        }
    }

    /// <summary>Whether a text can stand as a literal block: its lines are printable, the first is not indented, and it ends in one line break.</summary>
    private static bool IsLiteral(string raw) =>
        raw.Length > 1 && raw[^1] == '\n' && raw[^2] != '\n' && raw[0] is not (' ' or '\n' or '\t') && raw.All(c => c is '\n' or (>= ' ' and <= '~'));
}
