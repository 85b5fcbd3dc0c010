namespace Slipway.Config;

/// <summary>What a field takes. The schema is data: checking, merging, printing and saving all read the same table.</summary>
internal abstract record FieldType
{
    private FieldType()
    {
    }

    /// <summary>What is expected, in words that follow "expected ".</summary>
    public abstract string Expected { get; }

    /// <summary>The type of a mapping's entry or of a list's items; null where the schema says nothing of it.</summary>
    public FieldType? Child(string key) => this switch
    {
        // Of our own and kubeadm's formats every field is known: what is not is a mistake, perhaps in the name of a secret.
        Section section => section.Find(key)?.Type ?? (section.Foreign ? null : Varying.Unknown),
        MapOf map => map.Value,
        TextOr either => either.Mapping.Find(key)?.Type,
        _ => null,
    };

    /// <summary>Text of a form. Unquoted numbers are taken as written.</summary>
    /// <param name="Format">The form.</param>
    /// <param name="AnyScalar">Whether an unquoted boolean is taken as written too.</param>
    /// <param name="Strict">Whether not even a number is taken unquoted: the program that reads it would not.</param>
    internal sealed record Text(TextFormat Format, bool AnyScalar = false, bool Strict = false) : FieldType
    {
        /// <inheritdoc/>
        public override string Expected => Format.Expected;
    }

    /// <summary><c>true</c> or <c>false</c>.</summary>
    internal sealed record Flag : FieldType
    {
        /// <inheritdoc/>
        public override string Expected => "true or false";
    }

    /// <summary>A whole number.</summary>
    /// <param name="Least">The least allowed.</param>
    /// <param name="Most">The most allowed.</param>
    internal sealed record Number(long Least, long Most) : FieldType
    {
        /// <inheritdoc/>
        public override string Expected => $"a whole number from {Least} to {Most}";
    }

    /// <summary>A number, whole or with a fraction.</summary>
    /// <param name="Else">The form of a text that is taken as well; null for none.</param>
    internal sealed record Fraction(TextFormat? Else = null) : FieldType
    {
        /// <inheritdoc/>
        public override string Expected => Else is null ? "a number" : $"{Else.Expected}, or a number";
    }

    /// <summary>One of some words.</summary>
    /// <param name="Words">The words.</param>
    /// <param name="EmptyIsAbsent">Whether <c>""</c> is taken, and means what absence means.</param>
    internal sealed record Choice(IReadOnlyList<string> Words, bool EmptyIsAbsent = false) : FieldType
    {
        /// <inheritdoc/>
        public override string Expected => $"one of {string.Join(", ", Words)}";

        /// <summary>The names of an enumeration, in lower case unless they are a foreign format's own.</summary>
        public static Choice Of<T>(bool lower = true)
            where T : struct, Enum => new([.. Enum.GetNames<T>().Select(name => lower ? name.ToLowerInvariant() : name)]);
    }

    /// <summary>A secret: its value, or a mapping that says where it is read. A leaf: never merged, never printed.</summary>
    /// <param name="Format">The form of the value.</param>
    /// <param name="SingleUse">Whether a saved copy drops it once the node has joined.</param>
    internal sealed record Confidential(TextFormat Format, bool SingleUse) : FieldType
    {
        /// <summary>Whether only the value itself is taken: another program reads it.</summary>
        public bool ValueOnly { get; init; }

        /// <inheritdoc/>
        public override string Expected => Format.Expected;
    }

    /// <summary>A list.</summary>
    /// <param name="Item">The items' type.</param>
    /// <param name="Appends">Whether a later document adds to the list instead of replacing it.</param>
    internal sealed record ListOf(FieldType Item, bool Appends = false) : FieldType
    {
        /// <inheritdoc/>
        public override string Expected => $"a list, each item {Item.Expected}";
    }

    /// <summary>A mapping with free keys.</summary>
    /// <param name="Key">The form of the keys.</param>
    /// <param name="Value">The values' type.</param>
    internal sealed record MapOf(TextFormat Key, FieldType Value) : FieldType
    {
        /// <inheritdoc/>
        public override string Expected => $"a mapping, each key {Key.Expected}";
    }

    /// <summary>A mapping with known fields.</summary>
    /// <param name="Fields">The fields in the order they are documented.</param>
    internal sealed record Section(params IReadOnlyList<Field> Fields) : FieldType
    {
        /// <summary>What must hold once all documents are merged.</summary>
        public IReadOnlyList<Rule> Rules { get; init; } = [];

        /// <summary>Whether the fields are another program's, whose newer versions may have more of them.</summary>
        public bool Foreign { get; init; }

        /// <inheritdoc/>
        public override string Expected => $"a mapping with {string.Join(", ", Fields.Select(f => f.Name))}";

        /// <summary>A field by its name, or null.</summary>
        public Field? Find(string name) => Fields.FirstOrDefault(f => f.Name == name);
    }

    /// <summary>Text, or a mapping where more is to be said.</summary>
    /// <param name="Plain">The text.</param>
    /// <param name="Mapping">The mapping.</param>
    internal sealed record TextOr(Text Plain, Section Mapping) : FieldType
    {
        /// <inheritdoc/>
        public override string Expected => $"{Plain.Expected}; or {Mapping.Expected}";
    }

    /// <summary>A value whose form decides its type.</summary>
    /// <param name="Says">What is expected, in words.</param>
    /// <param name="Of">The type for a value; whatever is no list and no secret is somebody else's document.</param>
    internal sealed record Varying(string Says, Func<ConfigNode, FieldType> Of) : FieldType
    {
        /// <summary>A value that no schema knows, and that may hold secrets: every scalar in it is one, but for a document's kind and version.</summary>
        public static Varying Unknown { get; } = new("a field that is known", node => node switch
        {
            ScalarNode => new Confidential(TextFormat.Any, true),
            SequenceNode => new ListOf(Unknown!),
            _ => UnknownFields!,
        });

        private static Section UnknownFields { get; } = new(new Field("apiVersion", new Text(TextFormat.Any), ""), new Field("kind", new Text(TextFormat.Any), ""));

        /// <inheritdoc/>
        public override string Expected => Says;
    }

    /// <summary>A mapping that is kept as it is, and looked into by others.</summary>
    /// <param name="Name">What it holds.</param>
    internal sealed record Tree(string Name) : FieldType
    {
        /// <inheritdoc/>
        public override string Expected => $"a mapping with {Name}";
    }
}

/// <summary>A field of a mapping.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">What it takes.</param>
/// <param name="Doc">What it is for, in a sentence.</param>
internal sealed record Field(string Name, FieldType Type, string Doc)
{
    /// <summary>The minor version of Kubernetes 1 that brought the field; 0 for one that every supported version has.</summary>
    public int Since { get; init; }
}
