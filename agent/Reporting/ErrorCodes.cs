namespace Slipway.Reporting;

/// <summary>What <c>slipway explain CODE</c> prints.</summary>
/// <param name="Code">The stable word.</param>
/// <param name="Outcome">The exit code that the failure leads to.</param>
/// <param name="Means">What happened, in one or two sentences.</param>
/// <param name="Fix">What to do about it.</param>
internal sealed record ErrorCode(string Code, ExitCode Outcome, string Means, string Fix);

/// <summary>Every error code there is, by area.</summary>
internal static class ErrorCodes
{
    /// <summary>All codes, in the order they are documented.</summary>
    public static IReadOnlyList<ErrorCode> All { get; } =
    [
        // configuration
        new("config.absent", ExitCode.BadConfiguration,
            "No source has any configuration for this node.",
            "Give the node user data with a NodeConfig, put one into /etc/slipway/node.d, or name a source with --config-source."),
        new("config.invalid", ExitCode.BadConfiguration,
            "The configuration has one or more mistakes; each is listed with file, line and column.",
            "Correct the lines named and check with: slipway config check"),
        new("config.syntax", ExitCode.BadConfiguration,
            "A document is not valid YAML or JSON.",
            "Correct the place named; often it is indentation, a missing quote or a tab."),
        new("config.unknown-field", ExitCode.BadConfiguration,
            "A field's name is not known: it is misspelt, or stands in the wrong mapping.",
            "Use the name that the message suggests."),
        new("config.duplicate-field", ExitCode.BadConfiguration,
            "A field is given twice in one mapping.",
            "Remove one of the two."),
        new("config.wrong-type", ExitCode.BadConfiguration,
            "A field has a value of another type than it takes.",
            "Write the value as the message says; mind the quotes."),
        new("config.invalid-value", ExitCode.BadConfiguration,
            "A field's value does not have the form it needs.",
            "Write the value in the form that the message shows."),
        new("config.missing-field", ExitCode.BadConfiguration,
            "A field that is needed is not given in any document.",
            "Add the field."),
        new("config.exclusive-fields", ExitCode.BadConfiguration,
            "Fields that exclude each other are given together, perhaps by two documents.",
            "Keep one of them; set the other to null in a later document."),
        new("config.kind-unsupported", ExitCode.BadConfiguration,
            "A document is of a kind or a version that this binary does not read.",
            "Give a slipway.dev/v1alpha1 NodeConfig."),
        new("config.utf8-invalid", ExitCode.BadConfiguration,
            "A text is not UTF-8.",
            "Save the file as UTF-8; for binary data name its encoding."),
        new("config.too-deep", ExitCode.BadConfiguration,
            "Values are nested too deep.",
            "Flatten the document."),
        new("config.too-large", ExitCode.BadConfiguration,
            "The data, or what it unpacks to, is larger than the limit.",
            "Give less: the limit is 16 MiB of data and 200000 values."),
        new("config.alias-refused", ExitCode.BadConfiguration,
            "A YAML alias is undefined, refers to itself, or the aliases expand to too much.",
            "Write the values out."),
        new("config.tag-unsupported", ExitCode.BadConfiguration,
            "A YAML tag is not supported.",
            "Remove the tag and write a plain value."),
        new("config.encoding-unknown", ExitCode.BadConfiguration,
            "The name of an encoding is not known.",
            "Use base64, gzip+base64, or none."),
        new("config.encoding-odd", ExitCode.BadConfiguration,
            "The data is not quite what its encoding says, and was taken all the same.",
            "Encode it anew, with padding and without line noise."),
        new("config.base64-invalid", ExitCode.BadConfiguration,
            "Data that should be base64 is not.",
            "Encode it anew, for example with: base64 -w0 FILE"),
        new("config.gzip-invalid", ExitCode.BadConfiguration,
            "Data that should be gzip is damaged or cut short.",
            "Pack it anew, for example with: gzip -c FILE | base64 -w0"),
        new("config.template-unsupported", ExitCode.BadConfiguration,
            "A NodeConfig in a template holds an expression, which is not rendered.",
            "Write the value itself."),
        new("config.unsafe", ExitCode.BadConfiguration,
            "A setting gives up a protection.",
            "Use it only for a test; give caCertHashes instead."),
    ];

    /// <summary>The entry for a code, or null for a word that is not one.</summary>
    public static ErrorCode? Find(string code) => All.FirstOrDefault(c => c.Code == code);
}
