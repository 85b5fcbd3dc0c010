using System.Globalization;
using System.Text;
using Slipway.Config;
using Slipway.Reporting;

namespace Slipway.Sources;

/// <summary>The properties of an OVF environment document: <c>Environment/PropertySection/Property</c>, by the first section there is.</summary>
/// <remarks>
/// DSP0243, the OVF specification, §9. Reads as much XML as such a document needs: elements, attributes, namespaces by their URI, references to
/// characters. A DOCTYPE is refused, so that nothing can expand or be fetched; what follows the root's end is not looked at.
/// </remarks>
internal sealed class OvfEnvironment
{
    private const int MostBytes = 1 << 20;
    private const int MostNames = 64;
    private const string Namespace = "http://schemas.dmtf.org/ovf/environment/1";
    private const string Invalid = "config.ovf-invalid";

    private readonly string text;
    private readonly Dictionary<string, string> properties = new(StringComparer.Ordinal);
    private readonly List<string> open = [];
    private readonly List<Binding> bindings = [];
    private readonly List<Attribute> attributes = [];
    private int at;
    private int sections;
    private bool hasRoot;
    private bool isInSection;

    private OvfEnvironment(string text) => this.text = text;

    /// <summary>Reads the document's properties.</summary>
    /// <exception cref="FailureException"><c>config.ovf-invalid</c>, <c>config.too-large</c>, <c>config.utf8-invalid</c>.</exception>
    public static IReadOnlyDictionary<string, string> Read(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > MostBytes)
        {
            throw new FailureException(new Failure("config.too-large", "the OVF environment is larger than 1 MiB"));
        }
        if (Utf8Text.Decode(bytes.Span, new TextOrigin("ovf:", "ovf-env.xml"), out var problem) is not { } text)
        {
            throw new FailureException(new Failure(problem!.Code, problem.ToString()));
        }
        var environment = new OvfEnvironment(text.TrimStart('\uFEFF'));
        environment.Read();
        return environment.properties;
    }

    private void Read()
    {
        do
        {
            SkipTo('<');
            if (Takes("<?") || Takes("<!--") || (open.Count > 0 && Takes("<![CDATA[")))
            {
                SkipPast(text[at - 1] switch { '?' => "?>", '-' => "-->", _ => "]]>" });
            }
            else if (Takes("</"))
            {
                End(Name());
            }
            else if (Takes("<!"))
            {
                throw Wrong("a declaration (such as DOCTYPE), which is refused");
            }
            else
            {
                at++;
                Start();
            }
        }
        while (open.Count > 0 || !hasRoot);
    }

    private void Start()
    {
        var name = Name();
        var scope = bindings.Count;
        var isEmpty = Attributes();
        var element = Resolve(name, isElement: true);
        if (!hasRoot && element != $"{Namespace} Environment")
        {
            throw Wrong($"<{name}> of namespace \"{element.Split(' ')[0]}\" where <Environment> of {Namespace} is expected");
        }
        hasRoot = true;
        if (open.Count == 1 && element == $"{Namespace} PropertySection")
        {
            isInSection = ++sections == 1;
        }
        else if (open.Count == 2 && isInSection && element == $"{Namespace} Property")
        {
            Take();
        }
        if (isEmpty)
        {
            bindings.RemoveRange(scope, bindings.Count - scope);
            isInSection &= open.Count > 1;
            return;
        }
        if (open.Count == MostNames)
        {
            throw Wrong($"elements more than {MostNames} deep");
        }
        open.Add(name);
    }

    private void End(string name)
    {
        SkipSpace();
        if (open.Count == 0 || open[^1] != name || !Takes(">"))
        {
            throw Wrong(open.Count == 0 ? $"</{name}> ends nothing" : $"</{name}> where </{open[^1]}> is expected");
        }
        open.RemoveAt(open.Count - 1);
        while (bindings.Count > 0 && bindings[^1].Depth > open.Count)
        {
            bindings.RemoveAt(bindings.Count - 1);
        }
        isInSection &= open.Count > 1;
    }

    private void Take()
    {
        string? key = null;
        string? value = null;
        foreach (var attribute in attributes)
        {
            var name = Resolve(attribute.Name, isElement: false);
            key = name == $"{Namespace} key" ? attribute.Value : key;
            value = name == $"{Namespace} value" ? attribute.Value : value;
        }
        properties[key ?? throw Wrong("a Property without a key")] = value ?? throw Wrong("a Property without a value");
    }

    /// <summary>Reads a tag from behind its name to its end, and what namespaces it declares; whether the element ends with it.</summary>
    private bool Attributes()
    {
        attributes.Clear();
        while (true)
        {
            var before = at;
            SkipSpace();
            if (Takes("/>"))
            {
                return true;
            }
            if (Takes(">"))
            {
                return false;
            }
            var name = at > before ? Name() : throw Wrong("a tag that goes on where it should end");
            SkipSpace();
            var value = Takes("=") ? Value() : throw Wrong($"attribute {name} without a value");
            if (attributes.Count == MostNames || bindings.Count == MostNames)
            {
                throw Wrong($"more than {MostNames} attributes of an element, or namespaces");
            }
            if (name == "xmlns" || name.StartsWith("xmlns:", StringComparison.Ordinal))
            {
                bindings.Add(new Binding(open.Count + 1, name.Length > 6 ? name[6..] : "", value));
            }
            else
            {
                attributes.Add(attributes.Exists(other => other.Name == name) ? throw Wrong($"attribute {name} twice") : new Attribute(name, value));
            }
        }
    }

    /// <summary>A name with its namespace before it. An attribute without a prefix has none.</summary>
    private string Resolve(string name, bool isElement)
    {
        var colon = name.IndexOf(':', StringComparison.Ordinal);
        var prefix = colon < 0 ? "" : name[..colon];
        if (colon < 0 && !isElement)
        {
            return name;
        }
        for (var i = bindings.Count - 1; i >= 0; i--)
        {
            if (bindings[i].Prefix == prefix)
            {
                return $"{bindings[i].Uri} {name[(colon + 1)..]}";
            }
        }
        return colon < 0 || prefix == "xml" ? $" {name}" : throw Wrong($"prefix {prefix}: is declared nowhere");
    }

    private string Value()
    {
        SkipSpace();
        var quote = Takes("\"") ? '"' : Takes("'") ? '\'' : throw Wrong("an attribute's value without quotes");
        var value = new StringBuilder();
        for (; ; at++)
        {
            switch (at < text.Length ? text[at] : '<')
            {
                case var c when c == quote:
                    at++;
                    return value.ToString();
                case '<':
                    throw Wrong(at < text.Length ? "< inside an attribute's value" : "an end inside an attribute's value");
                case '&':
                    Reference(value);
                    break;
                // XML takes them for spaces; what means a line break says so with a reference.
                case '\n' or '\t':
                    value.Append(' ');
                    break;
                case '\r':
                    value.Append(at + 1 < text.Length && text[at + 1] == '\n' ? "" : " ");
                    break;
                case var c:
                    value.Append(c);
                    break;
            }
        }
    }

    /// <summary>Reads <c>&amp;…;</c> and stays on its semicolon.</summary>
    private void Reference(StringBuilder into)
    {
        var end = text.IndexOf(';', at, Math.Min(12, text.Length - at));
        var name = end < 0 ? "" : text[(at + 1)..end];
        var isHex = name.StartsWith("#x", StringComparison.Ordinal);
        var code = name switch
        {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            ['#', ..] => int.TryParse(name.AsSpan(isHex ? 2 : 1), isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0,
            _ => 0,
        };
        if (code is not (9 or 10 or 13 or (>= 0x20 and < 0xD800) or (>= 0xE000 and <= 0xFFFD) or (>= 0x10000 and <= 0x10FFFF)))
        {
            throw Wrong("a reference that is none of &amp; &lt; &gt; &quot; &apos; and &#number;");
        }
        into.Append(char.ConvertFromUtf32(code));
        at = end;
    }

    private string Name()
    {
        var start = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '_' or ':' or '-' or '.' or >= '\x80'))
        {
            at++;
        }
        return at > start ? text[start..at] : throw Wrong("a name is missing");
    }

    private bool Takes(string token)
    {
        var takes = string.CompareOrdinal(text, at, token, 0, token.Length) == 0;
        at += takes ? token.Length : 0;
        return takes;
    }

    private void SkipSpace()
    {
        while (at < text.Length && text[at] is ' ' or '\t' or '\r' or '\n')
        {
            at++;
        }
    }

    private void SkipTo(char c)
    {
        var next = text.IndexOf(c, at);
        if (next < 0 || (open.Count == 0 && !string.IsNullOrWhiteSpace(text[at..next])))
        {
            throw Wrong(hasRoot ? $"an end before that of <{open[^1]}>" : "text where <Environment> is expected");
        }
        at = next;
    }

    private void SkipPast(string token)
    {
        var next = text.IndexOf(token, at, StringComparison.Ordinal);
        at = next >= 0 ? next + token.Length : throw Wrong($"an end before {token}");
    }

    private FailureException Wrong(string what)
    {
        var line = 1;
        for (var i = 0; i < at && i < text.Length; i++)
        {
            line += text[i] == '\n' ? 1 : 0;
        }
        // A name may be a piece of the user data where a quote is missing.
        return new FailureException(new Failure(Invalid, $"line {line}: {(Quoting.LooksSecret(what) ? "it is not well-formed XML" : Quoting.Printable(what, 300))}"));
    }

    private sealed record Binding(int Depth, string Prefix, string Uri);

    private sealed record Attribute(string Name, string Value);
}
