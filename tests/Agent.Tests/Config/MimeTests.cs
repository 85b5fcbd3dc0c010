using System.Text;
using Slipway.Config;

namespace Slipway.Tests.Config;

/// <summary>MIME user data: what Python's parser reads is read, and what is odd about it is said.</summary>
public sealed class MimeTests
{
    private const string Doc = "apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec: {}\n";
    private const string Ours = "Content-Type: application/vnd.slipway.node+yaml\n\n" + Doc;
    private const string Head = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"B\"\n\n";

    // Number of documents, and a word of the first oddity ("" for none), for each form that Python reads.
    public static TheoryData<string, string, int, string> Forms => new()
    {
        { "plain", Head + $"--B\n{Ours}--B--\n", 1, "" },
        { "crlf", (Head + $"--B\n{Ours}--B--\n").Replace("\n", "\r\n", StringComparison.Ordinal), 1, "" },
        { "preamble and epilogue", Head + $"This is MIME.\n\n--B\n{Ours}--B--\nbye\n", 1, "" },
        { "two documents", Head + $"--B\n{Ours}\n--B\n{Ours}\n--B--\n", 2, "" },
        { "folded header", "MIME-Version: 1.0\nContent-Type: multipart/mixed;\n\tboundary=\"B\"\n\n" + $"--B\n{Ours}--B--\n", 1, "" },
        { "type in capitals", "mime-version: 1.0\nCONTENT-TYPE: Multipart/Mixed; BOUNDARY=B\n\n" + $"--B\n{Ours.Replace("application/vnd", "Application/VND", StringComparison.Ordinal)}--B--\n", 1, "" },
        { "unquoted slashes", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=//\n\n" + $"--//\n{Ours}--//--\n", 1, "needs quotes" },
        { "quoted slashes", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"//\"\n\n" + $"--//\n{Ours}--//--\n", 1, "" },
        { "escapes in quotes", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"a;\\\"b\"\n\n" + $"--a;\"b\n{Ours}--a;\"b--\n", 1, "" },
        { "RFC 2231 encoded", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary*=us-ascii'en'a%2Fb\n\n" + $"--a/b\n{Ours}--a/b--\n", 1, "" },
        { "RFC 2231 in pieces", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary*1=\"cd\"; boundary*0=\"ab\"\n\n" + $"--abcd\n{Ours}--abcd--\n", 1, "" },
        { "last boundary not closing", Head + $"--B\n{Ours}--B\n", 1, "no -- at its end" },
        { "no last boundary", Head + $"--B\n{Ours}", 1, "closing boundary" },
        { "blanks after the boundary", Head + $"--B  \n{Ours}--B-- \t\n", 1, "" },
        { "boundary twice", Head + $"--B\n--B\n{Ours}--B--\n", 1, "" },
        { "a longer line is no boundary", Head + $"--B\n{Ours}--Bx\n--B--\n", 0, "" },
        { "mixed line ends", Head + $"--B\r\n{Ours}--B--\n", 1, "CR LF" },
        { "byte order mark", "\uFEFF" + Head + $"--B\n{Ours}--B--\n", 1, "" },
        { "mailbox line", "From me@example Mon Jan  1 00:00:00 2026\n" + Head + $"--B\n{Ours}--B--\n", 1, "mailbox" },
        { "leading blank line", "\n" + Head + $"--B\n{Ours}--B--\n", 1, "empty line stands before" },
        { "no MIME-Version", "Content-Type: multipart/mixed; boundary=\"B\"\n\n" + $"--B\n{Ours}--B--\n", 1, "MIME-Version is missing" },
        { "no boundary parameter", "MIME-Version: 1.0\nContent-Type: multipart/mixed\n\n" + $"--B\n{Ours}--B--\n", 1, "no boundary" },
        { "no empty line after headers", Head + "--B\nContent-Type: application/node.eks.aws\nContent-Disposition\n" + Doc + "--B--\n", -1, "empty line is missing" },
        { "headers of the part missing", Head + $"--B\n\n{Doc}--B--\n", 1, "" },
        { "nested", Head + $"--B\nContent-Type: multipart/alternative; boundary=C\n\n--C\n{Ours}\n--C\n{Ours}--C--\n--B\n{Ours}--B--\n", 3, "" },
        { "a message in a part", Head + $"--B\nContent-Type: message/rfc822\n\nSubject: x\nMIME-Version: 1.0\n{Ours}--B--\n", 1, "" },
        { "one part alone", "MIME-Version: 1.0\n" + Ours, 1, "" },
        { "disposition", Head + $"--B\nContent-Disposition: attachment; filename=\"a;b\"\n{Ours}--B--\n", 1, "" },
        { "bad type", Head + $"--B\nContent-Type: nonsense\n\n{Doc}--B--\n", 1, "type/subtype" },
        { "blank in the type", Head + $"--B\nContent-Type: text/\tx\n\n{Doc}--B--\n", 1, "type/subtype" },
        { "multipart type with a blank", Head.Replace("mixed;", "mixed ;x y;", StringComparison.Ordinal).Replace("mixed ", "mixed x ", StringComparison.Ordinal) + $"--B\n{Ours}--B--\n", 1, "taken as multipart/mixed" },
        { "unknown transfer encoding", Head + $"--B\nContent-Transfer-Encoding: rot13\n{Ours}--B--\n", 1, "rot13" },
        { "parts after the end", Head + $"--B\n{Ours}--B--\n--B\n{Ours}--B--\n", 1, "parts seem to follow" },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void What_Python_reads_is_read_and_what_is_odd_is_said(string form, string text, int documents, string odd)
    {
        UserDataResult result = Read(text);
        int found = result is UserDataResult.Found some ? some.Documents.Count : result is UserDataResult.Malformed ? documents == 0 ? 0 : -1 : 0;
        Assert.True(documents == found, $"{form}: {Describe(result)}");
        Problem? first = result.Warnings.FirstOrDefault(w => w.Code == "config.mime-odd");
        Assert.True(odd.Length == 0 ? first is null : first?.Message.Contains(odd, StringComparison.Ordinal) == true, $"{form}: {first}");
    }

    [Fact]
    public void Several_documents_come_in_the_order_of_their_parts()
    {
        string Named(string type, string name) => $"--B\nContent-Type: {type}\n\n{Doc.Replace("{}", $"{{node: {{name: {name}}}}}", StringComparison.Ordinal)}\n";
        var found = Found(Head + Named("application/vnd.slipway.node+yaml", "a") + Named("text/plain", "b") + Named("text/yaml", "c") + "--B--\n");
        Assert.Equal(["a", "b", "c"], found.Documents.Select(NameOf));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void Places_in_a_part_are_places_in_the_user_data(string end)
    {
        string text = (Head + "--B\nContent-Type: text/x-shellscript\n\n#!/bin/sh\n--B\n" + Ours.Replace("spec: {}", "spec:\n  nod: {}", StringComparison.Ordinal) + "--B--\n")
            .Replace("\n", end, StringComparison.Ordinal);
        Assert.StartsWith("user-data (part 2):14:3: spec.nod", Documents.Problems([.. Found(text).Documents])[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Places_in_a_cloud_config_in_a_nested_part_are_too()
    {
        string text = Head + "--B\nContent-Type: multipart/mixed; boundary=C\n\n--C\nContent-Type: text/cloud-config\n\n#cloud-config\nwrite_files:\n- path: /x\n  content: |\n    "
            + Doc.Replace("spec: {}", "spec: {nod: {}}", StringComparison.Ordinal).Replace("\n", "\n    ", StringComparison.Ordinal) + "\n--C--\n--B--\n";
        Assert.StartsWith("user-data (part 1.1, write_files[0] /x):16:12: spec.nod", Documents.Problems([.. Found(text).Documents])[0].ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("base64", "part 1, application/vnd.slipway.node+yaml, base64 decoded")]
    [InlineData("BASE64", "part 1, application/vnd.slipway.node+yaml, base64 decoded")]
    [InlineData("gzip in base64", "part 1, application/vnd.slipway.node+yaml, base64 decoded")]
    [InlineData("quoted-printable", "part 1, application/vnd.slipway.node+yaml, quoted-printable decoded")]
    [InlineData("base64 unannounced", "part 1, application/vnd.slipway.node+yaml, base64 decoded")]
    [InlineData("gzip in base64 unannounced", "part 1, application/vnd.slipway.node+yaml, base64 decoded")]
    [InlineData("gzip raw", "part 1, application/vnd.slipway.node+yaml, gzip decoded")]
    [InlineData("8bit", "part 1")]
    public void Encoded_parts_are_decoded_and_their_places_say_so(string how, string name)
    {
        byte[] doc = Encoding.UTF8.GetBytes(Doc.Replace("{}", "{nod: ä=}", StringComparison.Ordinal));
        byte[] packed = how.StartsWith("gzip", StringComparison.Ordinal) ? Documents.Gzip(doc) : doc;
        byte[] body = how switch
        {
            "quoted-printable" => Encoding.ASCII.GetBytes(Encoding.UTF8.GetString(doc).Replace("=", "=3D", StringComparison.Ordinal)
                .Replace("ä", "=c3=A4", StringComparison.Ordinal).Replace("kind", "ki= \nnd", StringComparison.Ordinal).Replace("spec:", "spec:  \t\n ", StringComparison.Ordinal)),
            "8bit" or "gzip raw" => packed,
            _ => Encoding.ASCII.GetBytes(Convert.ToBase64String(packed, Base64FormattingOptions.InsertLineBreaks)),
        };
        string encoding = how.Contains("unannounced", StringComparison.Ordinal) || how == "gzip raw" ? "" : $"Content-Transfer-Encoding: {how.Replace("gzip in ", "", StringComparison.Ordinal)}\n";
        byte[] text = [.. Encoding.ASCII.GetBytes($"{Head}--B\nContent-Type: application/vnd.slipway.node+yaml\n{encoding}\n"), .. body, .. "\n--B--\n"u8];
        var found = Assert.IsType<UserDataResult.Found>(UserData.FindDocuments(text, Documents.Origin));
        Problem problem = Documents.Problems([.. found.Documents])[0];
        Assert.Equal("config.unknown-field", problem.Code);
        Assert.StartsWith($"user-data ({name}):", problem.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/node.eks.aws", "", "just: yaml\n", "config.kind-unsupported")]
    [InlineData("application/vnd.slipway.node+yaml", "", "", "config.kind-unsupported")]
    [InlineData("application/vnd.slipway.node+yaml", "", "a: [\n", "config.syntax")]
    [InlineData("application/vnd.slipway.node+yaml", "", "\u0001\u0002", "config.kind-unsupported")]
    [InlineData("application/node.eks.aws", "base64", "!!!!", "config.base64-invalid")]
    [InlineData("application/node.eks.aws", "x-uuencode", "begin 644 x", "config.encoding-unknown")]
    [InlineData("text/cloud-config", "base64", "!!!!", "config.base64-invalid")]
    public void A_part_that_claims_to_be_for_the_node_and_is_not_is_malformed(string type, string encoding, string body, string code)
    {
        var wrong = Assert.IsType<UserDataResult.Malformed>(Read($"{Head}--B\nContent-Type: {type}\nContent-Transfer-Encoding: {encoding}\n\n{body}\n--B--\n"));
        Assert.Equal(code, wrong.Problems[0].Code);
        Assert.Contains("part 1", wrong.Problems[0].At.File, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Type: text/\tx\nContent-Transfer-Encoding: base64\n\n!!!!", "!")]
    [InlineData("Content-Type: text/canary.0123456789abcdef\nContent-Transfer-Encoding: base64\n\n!!!!", "canary.0")]
    [InlineData("Content-Type: text/canary.0123456789abcdef\n\nkind: NodeConfig\nspec: {a: 1}", "canary.0")]
    public void What_a_part_calls_itself_leaves_messages_printable_and_without_secrets(string part, string hidden)
    {
        UserDataResult result = Read($"{Head}--B\n{part}\n--B--\n");
        List<Problem> said = [.. result.Warnings, .. result is UserDataResult.Found found ? Documents.Problems([.. found.Documents]) : []];
        Assert.NotEmpty(said);
        Assert.All(said, problem => Assert.DoesNotContain(hidden, problem.ToString(), StringComparison.Ordinal));
        Assert.All(said, problem => Assert.DoesNotContain(problem.ToString(), char.IsControl));
    }

    [Fact]
    public void An_archive_s_entry_of_any_type_leaves_messages_printable()
    {
        string packed = Convert.ToBase64String(Encoding.UTF8.GetBytes("kind: NodeConfig\nspec: {nod: 1}\n"));
        var found = Found($"#cloud-config-archive\n- type: \"text/\\a canary.0123456789abcdef\"\n  content: {packed}\n");
        string line = Documents.Problems([.. found.Documents])[0].ToString();
        Assert.DoesNotContain("canary", line, StringComparison.Ordinal);
        Assert.DoesNotContain(line, char.IsControl);
    }

    [Fact]
    public void A_broken_part_for_the_node_is_not_hidden_by_a_good_one() =>
        Assert.IsType<UserDataResult.Malformed>(Read($"{Head}--B\n{Ours}--B\nContent-Type: application/node.eks.aws\nContent-Transfer-Encoding: base64\n\n!!!\n--B--\n"));

    [Theory]
    [InlineData("image/png", "base64", "!!!!", "config.base64-invalid")]
    [InlineData("text/cloud-config", "base64", "!!!!", "config.base64-invalid")]
    [InlineData("text/cloud-config", "", "#cloud-config\na: [\n", "config.syntax")]
    public void A_broken_part_for_others_is_a_warning_beside_a_good_one(string type, string encoding, string body, string code) =>
        Assert.Contains(Found($"{Head}--B\nContent-Type: {type}\nContent-Transfer-Encoding: {encoding}\n\n{body}\n--B\n{Ours}--B--\n").Warnings, w => w.Code == code);

    [Theory]
    [InlineData("text/x-shellscript", "#!/bin/sh\nkubeadm join --config x\n", true)]
    [InlineData("text/x-shellscript", "#!/bin/sh\n# kubeadm join\necho kubeadm join\n", false)]
    [InlineData("text/x-shellscript-per-boot", "#!/bin/sh\nnodeadm init\n", true)]
    [InlineData("text/cloud-boothook", "#!/bin/sh\nkubeadm init\n", true)]
    [InlineData("text/plain", "#!/bin/bash\nset -e\nif true; then\n  kubeadm --v=5 join x\nfi\n", true)]
    [InlineData("text/plain", "kubeadm join\n", false)]
    [InlineData("application/octet-stream", "#!/bin/sh\nkubeadm join\n", false)]
    [InlineData("text/cloud-config", "runcmd: [[kubeadm, join]]\n", true)]
    [InlineData("text/x-shellscript", "#cloud-config\nruncmd: [[kubeadm, join]]\n", true)]
    [InlineData("text/x-include-url", "https://kubeadm join\n", false)]
    [InlineData("text/part-handler", "#part-handler\n", false)]
    public void A_part_that_joins_by_itself_is_noticed(string type, string body, bool joins)
    {
        var none = Assert.IsType<UserDataResult.NoDocuments>(Read($"{Head}--B\nContent-Type: {type}\n\n{body}--B--\n"));
        Assert.Equal(joins, none.HasRuncmdJoin);
    }

    [Fact]
    public void The_example_of_nodeadm_with_a_script_and_two_documents_is_read()
    {
        var found = Found("""
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary="//"

            --//
            Content-Type: application/node.eks.aws

            ---
            apiVersion: node.eks.aws/v1alpha1
            kind: NodeConfig
            spec:
              cluster: {name: my-cluster}

            --//
            Content-Type: text/x-shellscript; charset="us-ascii"

            #!/bin/bash
            echo hello

            --//
            Content-Type: application/node.eks.aws

            apiVersion: node.eks.aws/v1alpha1
            kind: NodeConfig
            spec:
              kubelet: {flags: ["--v=2"]}

            --//--
            """);
        Assert.Equal([DocumentKind.Eks, DocumentKind.Eks], found.Documents.Select(DocumentKinds.Of));
        Assert.Empty(found.Warnings);
    }

    [Fact]
    public void What_cloud_init_keeps_of_a_bare_NodeConfig_is_read() => Found(
        "Content-Type: multipart/mixed; boundary=\"===============2598=====\"\nMIME-Version: 1.0\nNumber-Attachments: 1\n\n--===============2598=====\n"
        + $"MIME-Version: 1.0\nContent-Type: text/x-not-multipart\nContent-Disposition: attachment; filename=\"part-001\"\n\n{Doc}\n--===============2598=====--\n");

    [Fact]
    public void Depth_and_number_of_parts_are_bounded()
    {
        var deep = new StringBuilder("MIME-Version: 1.0\n");
        for (int i = 0; i < 20; i++)
        {
            deep.Append($"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n");
        }

        Assert.Equal("config.too-deep", Assert.IsType<UserDataResult.Malformed>(Read(deep.ToString())).Problems[0].Code);
        string many = Head + string.Concat(Enumerable.Repeat("--B\n\nx\n", 2000)) + "--B--\n";
        Assert.Equal("config.too-large", Assert.IsType<UserDataResult.Malformed>(Read(many)).Problems[0].Code);
    }

    [Theory]
    [InlineData("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"B\"\n\nnothing\n")]
    [InlineData("MIME-Version: 1.0\nContent-Type: multipart/mixed\n\n")]
    [InlineData("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=canary.0123456789abcdef\n\nnothing\n")]
    public void A_message_without_parts_is_malformed(string text)
    {
        Assert.All(Read(text).Warnings, problem => Assert.DoesNotContain("canary", problem.ToString(), StringComparison.Ordinal));
        Assert.Equal("config.mime-odd", Assert.IsType<UserDataResult.Malformed>(Read(text)).Problems[0].Code);
    }

    [Theory]
    [InlineData("#cloud-config-archive\n- |\n  #cloud-config\n  runcmd: [[kubeadm, join]]\n- type: application/vnd.slipway.node+yaml\n  content: |\n    DOC\n", 1, true)]
    [InlineData("#cloud-config-archive\n- type: text/x-shellscript\n  content: |\n    #!/bin/sh\n    nodeadm init\n- content: |\n    DOC\n- |\n  DOC\n", 2, true)]
    [InlineData("#cloud-config-archive\n- content: |\n    write_files:\n    - path: /x\n      content: |\n        DOC\n", 1, false)]
    public void An_archive_is_read_as_its_parts(string text, int documents, bool joins)
    {
        var lines = text.Split('\n').Select(line => line.EndsWith("DOC", StringComparison.Ordinal)
            ? Doc.TrimEnd().Replace("\n", "\n" + line[..^3], StringComparison.Ordinal) is var doc ? line[..^3] + doc : line
            : line);
        var found = Found(string.Join('\n', lines));
        Assert.Equal(documents, found.Documents.Count);
        Assert.Equal(joins, found.HasRuncmdJoin);
        Assert.Contains("entry", found.Documents[0].At.File, StringComparison.Ordinal);
        Assert.Equal("apiVersion: slipway.dev/v1alpha1", string.Join('\n', lines).Split('\n')[found.Documents[0].At.Line - 1].Trim());
    }

    [Fact]
    public void No_mutation_of_a_message_makes_anything_throw()
    {
        string[] starts =
        [
            .. Forms.Select(row => (string)row.Data.Item2),
            Head + "--B\nContent-Type: text/cloud-config\nContent-Transfer-Encoding: base64\n\n" + Convert.ToBase64String(Documents.Gzip(Encoding.UTF8.GetBytes("#cloud-config\na: b\n"))) + "\n--B--\n",
            Head + "--B\nContent-Type: text/jinja2\nContent-Transfer-Encoding: quoted-printable\n\n## template: jinja\n#cloud-config\nwrite_files: [{path: '{{ x }}', content=3A \"{% if a %}apiVersion: slipway.dev/v1alpha1\"}]\n--B--\n",
        ];
        string[] pieces = ["\r", "\n", "\r\n", "--B", "--B--", "--", ":", ";", "=", "\"", "\\", "boundary=", "*0*=", "''", "%2", " ", "\t", "\0", "é", "Content-Type: multipart/mixed; boundary=B\n\n", "base64\n", "{{", "}}", "{%-", "{#"];
        var random = new Random(11);
        int found = 0;
        for (int i = 0; i < 6000; i++)
        {
            var text = new StringBuilder(starts[i % starts.Length]);
            for (int hits = random.Next(1, 6); hits > 0; hits--)
            {
                int at = random.Next(text.Length);
                if (random.Next(3) == 0)
                {
                    text.Remove(at, Math.Min(random.Next(1, 20), text.Length - at));
                }
                else
                {
                    text.Insert(at, random.Next(3) == 0 ? text.ToString(at, Math.Min(random.Next(1, 80), text.Length - at)) : pieces[random.Next(pieces.Length)]);
                }

                text.Append(text.Length == 0 ? "x" : "");
            }

            byte[] bytes = Encoding.UTF8.GetBytes(text.ToString());
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            found += UserData.FindDocuments(bytes, Documents.Origin) is UserDataResult.Found ? 1 : 0;
        }

        Assert.InRange(found, 100, 5900);
    }

    private static string NameOf(ConfigNode document) =>
        ((ScalarNode)((MappingNode)((MappingNode)((MappingNode)document).Find("spec")!).Find("node")!).Find("name")!).Raw;

    private static UserDataResult Read(string text) => UserData.FindDocuments(Encoding.UTF8.GetBytes(text), Documents.Origin);

    private static UserDataResult.Found Found(string text) => Read(text) is UserDataResult.Found found ? found : throw new InvalidOperationException(Describe(Read(text)));

    private static string Describe(UserDataResult result) => result switch
    {
        UserDataResult.Malformed wrong => "malformed: " + string.Join('\n', wrong.Problems),
        UserDataResult.NoDocuments none => "none: " + none.Why,
        UserDataResult.Found found => $"{found.Documents.Count} documents",
        _ => "",
    };
}
