using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Config;

namespace Slipway.Tests.Config;

/// <summary>
/// The JSON Schema that is shipped says what the agent says, as far as a schema can. <c>SLIPWAY_UPDATE_GOLDEN=1</c> writes it anew.
/// The judge is Python's jsonschema (Debian: python3-jsonschema), which knows nothing of us.
/// </summary>
public sealed class NodeConfigJsonSchemaTests
{
    private const string Hash = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    private const string Target = "apiServerEndpoint: \"10.0.0.10:6443\", token: abcdef.0123456789abcdef, caCertHashes: [\"" + Hash + "\"]";

    private const string Judge = """
        import json, sys, jsonschema
        schema, documents = json.load(sys.stdin)
        jsonschema.Draft202012Validator.check_schema(schema)
        judge = jsonschema.Draft202012Validator(schema)
        print(json.dumps([[e.json_path + ": " + e.message for e in judge.iter_errors(d)] for d in documents]))
        """;

    private static readonly string Repository = Path.GetFullPath(Path.Join(Here(), "../../.."));
    private static readonly string SchemaPath = Path.Join(Repository, "packaging/share/slipway/nodeconfig.schema.json");

    [Fact]
    public async Task The_schema_that_is_shipped_is_the_model()
    {
        string schema = NodeConfigJsonSchema.Write();
        if (Environment.GetEnvironmentVariable("SLIPWAY_UPDATE_GOLDEN") == "1")
        {
            await File.WriteAllTextAsync(SchemaPath, schema, Ct);
        }

        Assert.Equal(await File.ReadAllTextAsync(SchemaPath, Ct), schema);
    }

    [Fact]
    public async Task What_the_agent_takes_the_schema_takes()
    {
        string readme = await File.ReadAllTextAsync(Path.Join(Repository, "README.md"), Ct);
        var example = Assert.IsType<UserDataResult.Found>(UserData.FindDocuments(
            Encoding.UTF8.GetBytes(Regex.Match(readme, "```yaml\n(#cloud-config.*?)```", RegexOptions.Singleline).Groups[1].Value.Replace("sha256:…", Hash, StringComparison.Ordinal)),
            Documents.Origin));
        var documents = new List<ConfigNode>(example.Documents);
        foreach (string input in Directory.GetFiles(Path.Join(Repository, "tests/Agent.Tests/Cases"), "input.yaml", SearchOption.AllDirectories))
        {
            documents.Add(Documents.Tree(await File.ReadAllTextAsync(input, Ct)));
        }

        documents.Add(Documents.Spec(NodeConfigReaderTests.Everything + "join: {mode: prepare}"));
        foreach (string spec in (string[])[
            "join: {mode: prepare, kubeadm: {join: {token: null}}}",
            "node: {name: null, labels: {a: \"\"}}",
            $"kubernetes: {{version: 1.36}}\njoin: {{kubeadm: {{join: {{{Target}, unsafeSkipCAVerification: false, controlPlane: {{}}}}}}}}",
            "join: {kubeadm: {join: {discoveryFile: /d}}}",
            "join: {kubeadm: {join: {apiServerEndpoint: \"a:1\", token: {fromUrl: \"https://x/y\", headers: {A: b}}, caCertHashes: [\"" + Hash + "\"]}}}",
            "join: {eks: {cluster: {name: a, region: eu-central-1}, ssm: {activationId: 01234567-89ab-cdef-0123-456789abcdef, activationCode: {fromFile: /c}}}}",
            "join: {mode: prepare}\nkubelet: {config: {maxPods: 3, evictionHard: {memory.available: 5%}, logging: {flushFrequency: 0}, reservedMemory: [{numaNode: 0, limits: {memory: 1Gi}}]}}",
        ])
        {
            documents.Add(Documents.Spec(spec));
        }

        Assert.All(documents.Where(document => ((MappingNode)document).Reach("spec.join") is not null),
            document => Assert.IsType<NodeConfigResult.Valid>(NodeConfigReader.Read([document])));
        Assert.True(documents.Count > 12);
        Assert.All(await JudgeAsync(documents), errors => Assert.Empty(errors));
    }

    [Fact]
    public async Task What_is_wrong_with_one_document_the_schema_says_too()
    {
        string[] wrong =
        [
            "nod: {}", "node: []", "node: {setHostname: \"yes\"}", "node: {name: Worker_7}", "node: {taints: [{key: a}]}", "node: {taints: [\"a=b:Never\"]}",
            "system: {swap: off}", "timeouts: {join: 15}", "timeouts: {join: soon}", "artifacts: {mirrors: [\"ftp://x/\"]}", "artifacts: {lock: ../x}",
            "kubelet: {flags: [v]}", "kubelet: {config: {maxPod: 3}}", "kubelet: {config: {maxPods: many}}", "kubelet: {config: {evictionHard: {memory: 5%}}}",
            "kubelet: {config: {systemReserved: {cpu: 1}}}", "kubelet: {config: {syncFrequency: 1 minute}}", "kubelet: {config: {cgroupDriver: docker}}",
            "join: {mode: never}", "join: {}", "join: {kubeadm: {}}", "join: {kubeadm: {join: {}}}", "join: {kubeadm: {join: {" + Target + ", discoveryFile: /d}}}",
            "join: {kubeadm: {join: {" + Target + "}, init: {}}}", "join: {mode: prepare, kubeadm: {init: {}, join: {}}}",
            "join: {mode: prepare, kubeadm: {join: {token: short}}}", "join: {mode: prepare, kubeadm: {join: {token: {fromFile: /a, fromCredential: b}}}}",
            "join: {mode: prepare, kubeadm: {join: {token: {fromFile: /a, headers: {}}}}}", "join: {mode: prepare, kubeadm: {join: {controlPlane: {bindPort: 70000}}}}",
            "join: {eks: {cluster: {name: a}, ssm: {activationId: x}}}",
        ];
        ConfigNode[] documents = [.. wrong.Select(spec => Documents.Spec(spec))];
        List<string[]> said = await JudgeAsync(documents);
        for (int i = 0; i < wrong.Length; i++)
        {
            Assert.True(said[i].Length > 0, wrong[i]);
            Assert.IsType<NodeConfigResult.Invalid>(NodeConfigReader.Read([documents[i]]));
        }
    }

    [Fact]
    public void Every_field_of_our_own_is_described()
    {
        var undescribed = new List<string>();
        Describe(JsonNode.Parse(NodeConfigJsonSchema.Write())!, "", undescribed);
        Assert.Empty(undescribed);
    }

    private static void Describe(JsonNode schema, string path, List<string> undescribed)
    {
        foreach ((string name, JsonNode? value) in schema["properties"]?.AsObject() ?? [])
        {
            if (value!["description"] is null)
            {
                undescribed.Add($"{path}.{name}");
            }

            if (path + name != "speckubeletconfig")
            {
                Describe(value, path + name, undescribed);
            }
        }
    }

    private static async Task<List<string[]>> JudgeAsync(IReadOnlyList<ConfigNode> documents)
    {
        using var input = new MemoryStream();
        await using (var writer = new Utf8JsonWriter(input))
        {
            writer.WriteStartArray();
            writer.WriteRawValue(await File.ReadAllTextAsync(SchemaPath, Ct));
            writer.WriteStartArray();
            foreach (ConfigNode document in documents)
            {
                NodeConfigJson.WriteNode(writer, document);
            }

            writer.WriteEndArray();
            writer.WriteEndArray();
        }

        using Process python = Process.Start(new ProcessStartInfo("python3", ["-c", Judge])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = python.StandardOutput.ReadToEndAsync(Ct), errors = python.StandardError.ReadToEndAsync(Ct);
        await python.StandardInput.BaseStream.WriteAsync(input.ToArray(), Ct);
        python.StandardInput.Close();
        await python.WaitForExitAsync(Ct);
        Assert.True(python.ExitCode == 0, "python3-jsonschema is needed (tests/install-deps.sh installs it): " + await errors);
        return JsonSerializer.Deserialize<List<string[]>>(await output)!;
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
