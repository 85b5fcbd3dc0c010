using System.Reflection;
using Slipway.Config;

namespace Slipway.Tests.Config;

public sealed class NodeConfigReaderTests
{
    /// <summary>Every field of the schema, with a value that is right for it.</summary>
    public const string Everything = """
        kubernetes: {version: v1.36.2, source: release}
        node: {name: worker-7, setHostname: false, ip: "10.0.0.7,fd00::7", labels: {rack: b2}, taints: ["a=b:NoSchedule", {key: c, effect: NoExecute}]}
        runtime: {source: release, version: 2.3.4, config: "", sandboxImage: ""}
        kubelet: {config: {maxPods: 50}, flags: [--v=2]}
        artifacts: {mirrors: ["https://m.example/", "oci://r.example/x", {url: "https://n.example", credentials: {fromFile: /c}}], bundle: /b, lock: /l, unknownDigest: sidecar}
        images: {archives: [/a.tar], pull: [x], registries: {"r.example:5000": {mirrors: ["http://m"], ca: "", credentials: "u:p"}}}
        proxy: {http: "http://p:3128", https: "", noProxy: [.local]}
        system: {swap: allow, sysctl: {net.ipv4.ip_forward: 1}, modules: [br_netfilter], firewall: ignore, trustedCAs: ""}
        timeouts: {download: 90s, join: 1h30m, total: 30m}
        report: {guestinfo: true, redact: false}

        """;

    private const string Hash = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Fact]
    public void A_whole_document_is_read()
    {
        NodeConfig config = Documents.Valid(Documents.Spec(Everything + "join: {mode: prepare}")).Config;
        Assert.Equal(new KubernetesVersion(1, 36, 2, ""), config.Kubernetes!.Version);
        Assert.Equal(2, Assert.IsType<NodeIp.Addresses>(config.Node!.Ip).List.Count);
        Assert.Equal(new Taint("c", "", TaintEffect.NoExecute), config.Node.Taints![1]);
        Assert.Equal(TimeSpan.FromMinutes(90), config.Timeouts!.Join);
        Assert.Equal("1", config.System!.Sysctl!["net.ipv4.ip_forward"]);
        Assert.Equal("u:p", Assert.IsType<SecretRef.Literal>(config.Images!.Registries!["r.example:5000"].Credentials).Value.Reveal());
        Assert.Equal("/c", Assert.IsType<SecretRef.FromFile>(config.Artifacts!.Mirrors![2].Credentials).Path);
        Assert.Null(config.Proxy!.Https);
    }

    [Fact]
    public void Every_mistake_is_reported_in_one_go()
    {
        IReadOnlyList<Problem> problems = Documents.Problems(Documents.Tree("""
            apiVersion: slipway.dev/v1
            kind: NodeConfig
            spec:
              kubernets: {version: 1}
              node:
                name: Localhost
                setHostname: yes
                labels: [a]
                token: x
              kubelet: {flags: ["v=2"]}
              timeouts: {join: 15}
              system: {swap: disabled}
              join:
                kubeadm:
                  join: {apiServerEndpoint: 10.0.0.10, token: short, caCertHashes: abc, controlPlane: {bindPort: 70000}}
            """));
        Assert.Equal(
        [
            "test.yaml:1:13 apiVersion config.kind-unsupported",
            "test.yaml:4:3 spec.kubernets config.unknown-field",
            "test.yaml:6:11 spec.node.name config.invalid-value",
            "test.yaml:7:18 spec.node.setHostname config.wrong-type",
            "test.yaml:8:13 spec.node.labels config.wrong-type",
            "test.yaml:9:5 spec.node.token config.unknown-field",
            "test.yaml:10:21 spec.kubelet.flags[0] config.invalid-value",
            "test.yaml:11:20 spec.timeouts.join config.invalid-value",
            "test.yaml:12:18 spec.system.swap config.invalid-value",
            "test.yaml:15:33 spec.join.kubeadm.join.apiServerEndpoint config.invalid-value",
            "test.yaml:15:51 spec.join.kubeadm.join.token config.invalid-value",
            "test.yaml:15:72 spec.join.kubeadm.join.caCertHashes config.wrong-type",
            "test.yaml:15:102 spec.join.kubeadm.join.controlPlane.bindPort config.invalid-value",
        ], problems.Select(p => $"{p.At} {p.Path} {p.Code}"));
        Assert.StartsWith("test.yaml:4:3: spec.kubernets: unknown field; did you mean \"kubernetes\"? expected one of kubernetes, node,",
            problems[1].ToString(), StringComparison.Ordinal);
        Assert.Contains("write true", problems[3].ToString(), StringComparison.Ordinal);
        Assert.Contains("spec.join.kubeadm.join", problems[5].ToString(), StringComparison.Ordinal);
        Assert.Equal("disable", problems[8].Nearest);
    }

    [Theory]
    [InlineData("kubernetes: {version: 1.36}")]
    [InlineData("kubernetes: {version: 1.30}")]
    [InlineData("kubernetes: {version: 1.31.4+vmware.1}")]
    [InlineData("kubernetes: {version: 1.35.0-eks-5e0fdde}")]
    [InlineData("node: {ip: auto}")]
    [InlineData("node: {ip: 10.0.0.0/16}")]
    [InlineData("node: {ip: \"interface:eth0\"}")]
    [InlineData("node: {labels: {topology.kubernetes.io/zone: a, example.com/x: \"\", node.kubernetes.io/pool: p}}")]
    [InlineData("node: {taints: [\"dedicated:PreferNoSchedule\"]}")]
    [InlineData("join: {kubeadm: {join: {apiServerEndpoint: \"[fd00::10]:6443\"}}}")]
    [InlineData("join: {kubeadm: {join: {controlPlane: {}}}}")]
    [InlineData("join: {kubeadm: {join: {token: {fromUrl: \"https://x/y\", headers: {A: b}}}}}")]
    [InlineData("join: {kubeadm: {join: {token: {fromExec: [cmd, arg]}}}}")]
    [InlineData("join: {kubeadm: {init: {manifests: [/a.yaml, {url: \"https://x/y\", digest: \"" + Hash + "\"}], extraArgs: {apiServer: {v: 4, profiling: false}}}}}")]
    [InlineData("spec_is_null: null", "config.unknown-field")]
    [InlineData("kubernetes: {version: latest}", "config.invalid-value")]
    [InlineData("kubernetes: {version: true}", "config.wrong-type")]
    [InlineData("node: {name: localhost}", "config.invalid-value")]
    [InlineData("node: {name: -a}", "config.invalid-value")]
    [InlineData("node: {name: a234567890123456789012345678901234567890123456789012345678901234}", "config.invalid-value")]
    [InlineData("node: {setHostname: \"true\"}", "config.wrong-type")]
    [InlineData("node: {ip: 10.1}", "config.invalid-value")]
    [InlineData("node: {ip: \"10.0.0.1,10.0.0.2\"}", "config.invalid-value")]
    [InlineData("node: {ip: 10.0.0.0/33}", "config.invalid-value")]
    [InlineData("node: {labels: {node-role.kubernetes.io/worker: \"\"}}", "config.invalid-value")]
    [InlineData("node: {labels: {a: \"b c\"}}", "config.invalid-value")]
    [InlineData("node: {labels: {a: true}}", "config.wrong-type")]
    [InlineData("node: {taints: [\"a=b:Never\"]}", "config.invalid-value")]
    [InlineData("artifacts: {mirrors: [\"ftp://x/\"]}", "config.invalid-value")]
    [InlineData("artifacts: {lock: ../lock}", "config.invalid-value")]
    [InlineData("timeouts: {join: 0s}", "config.invalid-value")]
    [InlineData("kubelet: {config: [a]}", "config.wrong-type")]
    [InlineData("system: {modules: br_netfilter}", "config.wrong-type")]
    [InlineData("join: {kubeadm: {join: {apiServerEndpoint: \"fd00::10:6443\"}}}", "config.invalid-value")]
    [InlineData("join: {kubeadm: {join: {caCertHashes: [\"sha256:00\"]}}}", "config.invalid-value")]
    [InlineData("join: {kubeadm: {join: {controlPlane: {certificateKey: \"12\"}}}}", "config.invalid-value")]
    [InlineData("join: {kubeadm: {join: {token: {fromFile: /a, fromCredential: b}}}}", "config.exclusive-fields")]
    [InlineData("join: {kubeadm: {join: {token: {}}}}", "config.exclusive-fields")]
    [InlineData("join: {kubeadm: {join: {token: {scrubbed: true}}}}", "config.unknown-field")]
    [InlineData("join: {kubeadm: {join: {token: [a]}}}", "config.wrong-type")]
    [InlineData("join: {kubeadm: {init: {manifests: [\"https://x/unpinned\"]}}}", "config.invalid-value")]
    public void A_value_has_its_form(string spec, string? code = null) =>
        Assert.Equal(code is null ? [] : [code], SchemaCheck.Document(Documents.Spec(spec)).Select(p => p.Code));

    [Theory]
    [InlineData("{}", "config.missing-field spec.join")]
    [InlineData("join: {mode: join}", "config.missing-field spec.join")]
    [InlineData("join: {mode: prepare}")]
    [InlineData("join: {mode: prepare, kubeadm: {join: {}}, eks: {}}", "config.exclusive-fields spec.join")]
    [InlineData("join: {kubeadm: {}}", "config.missing-field spec.join.kubeadm")]
    [InlineData("join: {kubeadm: {init: {}}}")]
    [InlineData("join: {kubeadm: {init: {}, documents: x}}", "config.exclusive-fields spec.join.kubeadm")]
    [InlineData("join: {kubeadm: {join: {discoveryFile: /d}}}")]
    [InlineData("join: {kubeadm: {join: {discoveryFile: /d, unsafeSkipCAVerification: false}}}")]
    [InlineData("join: {kubeadm: {join: {discoveryFile: /d, unsafeSkipCAVerification: true}}}", "config.exclusive-fields spec.join.kubeadm.join")]
    [InlineData("join: {kubeadm: {join: {caCertHashes: [\"" + Hash + "\"]}}}",
        "config.missing-field spec.join.kubeadm.join.apiServerEndpoint", "config.missing-field spec.join.kubeadm.join.token")]
    [InlineData("join: {eks: {cluster: {name: a, region: eu-central-1}, ssm: {activationId: \"\", activationCode: {fromFile: /c}}}}",
        "config.missing-field spec.join.eks.ssm.activationId")]
    [InlineData("join: {eks: {cluster: {name: a, region: eu-central-1}}}", "config.missing-field spec.join.eks")]
    [InlineData("join: {mode: prepare}\nnode: {taints: [{key: a}]}", "config.missing-field spec.node.taints[0].effect")]
    public void What_is_needed_is_asked_of_the_merged_document(string spec, params string[] expected)
    {
        NodeConfigResult result = NodeConfigReader.Read([Documents.Spec(spec)]);
        Assert.Equal(expected, (result as NodeConfigResult.Invalid)?.Problems.Select(p => $"{p.Code} {p.Path}") ?? []);
    }

    [Fact]
    public void A_partial_document_is_completed_by_another() =>
        Assert.Equal("a", Documents.Valid(Documents.Spec("join: {kubeadm: {join: {token: {fromFile: /t}}}}"), Documents.Tree(Documents.Worker), Documents.Spec("node: {name: a}"))
            .Config.Node!.Name);

    [Fact]
    public void User_data_that_joins_by_itself_needs_no_join_here()
    {
        Assert.IsType<NodeConfigResult.Valid>(NodeConfigReader.Read([Documents.Spec("kubernetes: {version: 1.36.2}")], userDataJoins: true));
        Assert.IsType<NodeConfigResult.Invalid>(NodeConfigReader.Read([Documents.Spec("join: {mode: join}")], userDataJoins: true));
    }

    [Fact]
    public void Joining_without_proof_of_the_cluster_is_warned_of()
    {
        NodeConfigResult.Valid valid = Documents.Valid(Documents.Spec(
            "join: {kubeadm: {join: {apiServerEndpoint: \"a:1\", token: {fromFile: /t}, unsafeSkipCAVerification: true}}}"));
        Assert.Equal("config.unsafe", Assert.Single(valid.Warnings).Code);
    }

    [Fact]
    public void Schema_and_records_have_the_same_fields() =>
        Compare((FieldType.Section)NodeConfigSchema.Root.Find("spec")!.Type, typeof(NodeConfig), "spec");

    private static void Compare(FieldType.Section section, Type record, string path)
    {
        Dictionary<string, PropertyInfo> properties = record.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .ToDictionary(p => char.ToLowerInvariant(p.Name[0]) + p.Name[1..]);
        Assert.True(section.Fields.Select(f => f.Name).Order().SequenceEqual(properties.Keys.Order()), path);
        foreach (Field field in section.Fields)
        {
            Assert.NotEqual("", field.Doc);
            if (field.Type is FieldType.Section { Foreign: false } inner)
            {
                Compare(inner, properties[field.Name].PropertyType, $"{path}.{field.Name}");
            }
        }
    }
}
