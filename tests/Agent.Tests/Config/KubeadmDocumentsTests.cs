using System.Text;
using Slipway.Config;

namespace Slipway.Tests.Config;

/// <summary>kubeadm's own documents are read strictly, kept as they were given and shown without their secrets.</summary>
public sealed class KubeadmDocumentsTests
{
    private const string Hash = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    /// <summary>What cluster-api gives a worker.</summary>
    public const string Worker = $$"""
        apiVersion: kubeadm.k8s.io/v1beta4
        kind: JoinConfiguration
        discovery:
          bootstrapToken:
            apiServerEndpoint: "[fd00::10]:6443"
            caCertHashes: [{{Hash}}]
            token: canary.0123456789abcdef
        nodeRegistration:
          criSocket: /var/run/containerd/containerd.sock
          imagePullPolicy: IfNotPresent
          kubeletExtraArgs:
          - {name: cloud-provider, value: external}
          name: Worker-7
          taints: null
        """;

    /// <summary>What cluster-api gives the first control-plane node.</summary>
    public const string ControlPlane = """
        ---
        apiServer:
          extraArgs: {cloud-provider: external, audit-log-maxage: 30}
          extraVolumes: [{name: p, hostPath: /p, mountPath: /p, readOnly: true, pathType: File}]
          certSANs: [api.example]
          timeoutForControlPlane: 20m0s
        apiVersion: kubeadm.k8s.io/v1beta3
        clusterName: c
        controlPlaneEndpoint: 10.0.0.10:6443
        controllerManager: {extraArgs: {cloud-provider: external}}
        dns: {imageTag: v1.12.0}
        etcd: {local: {dataDir: /var/lib/etcd, extraArgs: {quota: 1}}}
        featureGates: {EtcdLearnerMode: true}
        kind: ClusterConfiguration
        kubernetesVersion: v1.34.1
        networking: {dnsDomain: cluster.local, podSubnet: 192.168.0.0/16, serviceSubnet: 10.96.0.0/12}
        scheduler: {}
        ---
        apiVersion: kubeadm.k8s.io/v1beta3
        bootstrapTokens: [{token: canary.0123456789abcdef, ttl: 0s, usages: [signing], groups: ["system:bootstrappers"], description: d}]
        certificateKey: ca9a47ca9a47ca9a47ca9a47ca9a47ca9a47ca9a47ca9a47ca9a47ca9a47ca9a
        kind: InitConfiguration
        localAPIEndpoint: {}
        nodeRegistration: {kubeletExtraArgs: {node-labels: a=b}, name: cp-1, taints: []}
        ---
        apiVersion: kubelet.config.k8s.io/v1beta1
        kind: KubeletConfiguration
        maxPods: 200
        """;

    [Fact]
    public void A_gathered_document_is_part_of_the_merged_configuration_with_its_places()
    {
        NodeConfigResult.Valid valid = Documents.Valid(Documents.Tree(Worker, "user-data"));
        KubeadmDocuments documents = valid.Config.Join!.Kubeadm!.Documents!;
        Assert.Equal("worker-7", documents.NodeName);
        Assert.Equal("worker-7", valid.Config.Node!.Name);
        KubeadmJoin join = documents.ToJoin();
        Assert.Equal(("[fd00::10]:6443", Documents.CanaryToken), (join.ApiServerEndpoint!.ToString(), Assert.IsType<SecretRef.Literal>(join.Token).Value.Reveal()));
        Assert.Equal(Hash, Assert.Single(join.CaCertHashes!));
        Assert.Null(join.ControlPlane);
        string shown = ConfigPrinter.Text(valid.Merged);
        Assert.Contains("apiServerEndpoint: \"[fd00::10]:6443\"  # user-data:5", shown, StringComparison.Ordinal);
        Assert.Contains("token: \"***\"  # user-data:7", shown, StringComparison.Ordinal);
        Assert.Contains("taints: null  # user-data:14", shown, StringComparison.Ordinal);
        Assert.Contains("\"path\": \"spec.join.kubeadm.documents[0].nodeRegistration.name\"", ConfigPrinter.Json(valid.Merged), StringComparison.Ordinal);
        Assert.Empty(Supported.Problems(valid.Merged));
    }

    [Fact]
    public void Text_in_our_own_document_is_read_into_the_same_form()
    {
        MappingNode ours = Documents.Spec("join:\n  kubeadm:\n    documents: |\n      # kubeadm's\n      ---\n" + Indented(Worker, 6));
        NodeConfigResult.Valid valid = Documents.Valid(ours);
        Assert.Equal(NodeConfigJson.Id(Documents.Valid(Documents.Tree(Worker)).Merged), valid.Id);
        ConfigNode name = valid.Config.Join!.Kubeadm!.Documents!.Join!.Reach("nodeRegistration.name")!;
        Assert.Equal("test.yaml:21:17", name.At.ToString());
    }

    [Fact]
    public void A_mistake_in_such_text_has_the_place_the_operator_sees()
    {
        MappingNode ours = Documents.Spec("join:\n  kubeadm:\n    documents: |\n      apiVersion: kubeadm.k8s.io/v1beta4\n      kind: JoinConfiguration\n      discovry: {}\n");
        Problem problem = Documents.Problems(ours)[0];
        Assert.Equal("test.yaml:9:9: JoinConfiguration.discovry: unknown field; did you mean \"discovery\"?", problem.ToString().Split(" expected")[0]);
        // The lines of a folded text cannot be told any more; its place can.
        Assert.Contains("documents in line 6, lines of its content):1:", Documents.Problems(Documents.Spec(
            "join:\n  kubeadm:\n    documents: >\n      {apiVersion: kubeadm.k8s.io/v1beta4,\n      kind: JoinConfig}\n"))[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Kubelet_configurations_beside_a_join_are_merged_field_by_field_and_checked_like_the_nodes_own()
    {
        const string Kubelet = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";
        MappingNode join = Documents.Tree("apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ndiscovery: {file: {kubeConfigPath: /d}}");
        MappingNode kubelet = Documents.Tree(Kubelet + "evictionHard: {memory.available: 1Gi}\nmaxPods: 7");
        MappingNode config = Documents.Valid(join, kubelet, Documents.Tree(Kubelet + "maxPods: 8", "other"), Documents.Spec("kubelet: {config: {evictionHard: {pid.available: 10%}}}"))
            .Config.Kubelet!.Config!;
        Assert.Equal("8", config.TextAt("maxPods"));
        Assert.Equal(["1Gi", "10%"], ((MappingNode)config.Find("evictionHard")!).Entries.Select(entry => ((ScalarNode)entry.Value).Raw));
        string text = string.Join("\n      ", ("apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ndiscovery: {file: {kubeConfigPath: /d}}\n---\n" + Kubelet + "cgroupDriver: cgroupfs").Split('\n'));
        Assert.Equal("spec.kubelet.config.cgroupDriver", Assert.Single(Documents.Problems(Documents.Spec("join:\n  kubeadm:\n    documents: |\n      " + text))).Path);
    }

    [Theory]
    [InlineData("kubelet.config.k8s.io/v1beta1", "KubeletConfig", "KubeletConfiguration")]
    [InlineData("kubeproxy.config.k8s.io/v1alpha1", "KubeProxyConfigration", "KubeProxyConfiguration")]
    [InlineData("kubeadm.k8s.io/v1beta4", "JionConfiguration", "JoinConfiguration")]
    public void A_misspelt_kind_is_pointed_at_and_the_nearest_named(string version, string kind, string nearest)
    {
        Problem problem = Assert.Single(KubeadmDocuments.Check(Documents.Tree($"apiVersion: {version}\nkind: {kind}")));
        Assert.Equal(("kind", 2, nearest), (problem.Path, problem.At.Line, problem.Nearest));
    }

    [Fact]
    public void Bits_behind_a_prefix_are_a_warning_in_kubeadms_own_documents()
    {
        Problem problem = Assert.Single(KubeadmDocuments.Check(Documents.Tree("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking: {serviceSubnet: 10.96.0.1/12, podSubnet: 10.244.0.0/16}")));
        Assert.Equal((Severity.Warning, "10.96.0.0/12"), (problem.Severity, problem.Expected));
        Assert.Equal(Severity.Error, Assert.Single(SchemaCheck.Document(Documents.Spec("join: {kubeadm: {init: {serviceSubnet: 10.96.0.1/12}}}"))).Severity);
    }

    [Theory]
    [InlineData("hostname-override", "b", "config.conflict")]
    [InlineData("hostname-override", "a", "")]
    [InlineData("kubeconfig", "/x", "config.conflict")]
    [InlineData("config", "/x", "config.conflict")]
    [InlineData("--v", "4", "config.invalid-value")]
    [InlineData("v 4", "", "config.invalid-value")]
    [InlineData("v", "4", "")]
    [InlineData("node-labels", "a=b,node-role.kubernetes.io/x=", "config.invalid-value")]
    [InlineData("node-labels", "a=b,example.com/c=d", "")]
    [InlineData("node-ip", "10.0.0.1", "")]
    [InlineData("network-plugin", "cni", "config.conflict")]
    public void A_flag_with_which_the_kubelet_would_not_start_or_not_join_is_refused(string name, string value, string code)
    {
        foreach (string document in (string[])[$"apiVersion: kubeadm.k8s.io/v1beta3\nkind: JoinConfiguration\nnodeRegistration: {{name: a, kubeletExtraArgs: {{\"{name}\": \"{value}\"}}}}",
            $"apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\nnodeRegistration: {{name: a, kubeletExtraArgs: [{{name: \"{name}\", value: \"{value}\"}}]}}"])
        {
            Assert.Equal(code, string.Concat(KubeadmDocuments.Check(Documents.Tree(document)).Select(problem => problem.Code)));
        }
    }

    [Theory]
    [InlineData("kubeadm.k8s.io/v1beta4", "JoinConfiguration", "nodeRegistration: {kubeletExtraArgs: {a: b}}", "JoinConfiguration.nodeRegistration.kubeletExtraArgs config.wrong-type")]
    [InlineData("kubeadm.k8s.io/v1beta3", "JoinConfiguration", "nodeRegistration: {kubeletExtraArgs: [{name: a}]}", "JoinConfiguration.nodeRegistration.kubeletExtraArgs config.wrong-type")]
    [InlineData("kubeadm.k8s.io/v1beta3", "JoinConfiguration", "nodeRegistration: {kubeletExtraArgs: {\"a\\a\": b}}", "JoinConfiguration.nodeRegistration.kubeletExtraArgs[\"a?\"] config.invalid-value")]
    [InlineData("kubeadm.k8s.io/v1beta4", "JoinConfiguration", "discovery: {timeout: 5m0s}", "JoinConfiguration.discovery.timeout config.unknown-field")]
    [InlineData("kubeadm.k8s.io/v1beta3", "JoinConfiguration", "timeouts: {discovery: 5m0s}", "JoinConfiguration.timeouts config.unknown-field")]
    [InlineData("kubeadm.k8s.io/v1beta4", "ClusterConfiguration", "apiServer: {timeoutForControlPlane: 4m0s}", "ClusterConfiguration.apiServer.timeoutForControlPlane config.unknown-field")]
    [InlineData("kubeadm.k8s.io/v1beta3", "ClusterConfiguration", "encryptionAlgorithm: RSA-2048", "ClusterConfiguration.encryptionAlgorithm config.unknown-field")]
    [InlineData("kubeadm.k8s.io/v1beta4", "ClusterConfiguration", "encryptionAlgorithm: RSA-1024", "ClusterConfiguration.encryptionAlgorithm config.invalid-value")]
    [InlineData("kubeadm.k8s.io/v1beta4", "ClusterConfiguration", "certificateValidityPeriod: 1y", "ClusterConfiguration.certificateValidityPeriod config.invalid-value")]
    [InlineData("kubeadm.k8s.io/v1beta4", "InitConfiguration", "bootstrapTokens: [{token: CANARY}]", "InitConfiguration.bootstrapTokens[0].token config.invalid-value")]
    [InlineData("kubeadm.k8s.io/v1beta4", "ResetConfiguration", "force: true", "apiVersion config.kind-unsupported")]
    [InlineData("kubeadm.k8s.io/v1beta2", "JoinConfiguration", "{}", "apiVersion config.kind-unsupported")]
    [InlineData("kubeadm.k8s.io/v1beta4", "JoinConfig", "{}", "kind config.kind-unsupported")]
    public void Every_version_has_its_own_fields(string version, string kind, string rest, string expected)
    {
        string text = $"apiVersion: {version}\nkind: {kind}\n{(rest == "{}" ? "" : rest)}\n";
        IReadOnlyList<Problem> problems = Documents.Problems(Documents.Tree(text));
        Assert.Contains(kind == "ResetConfiguration" ? "kind config.kind-unsupported" : expected, problems.Select(p => $"{p.Path} {p.Code}"));
        Assert.DoesNotContain("CANARY", string.Join('\n', problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("discovery: {}", "JoinConfiguration.discovery")]
    [InlineData("controlPlane: {}", "JoinConfiguration.discovery")]
    [InlineData("discovery: {bootstrapToken: {token: canary.0123456789abcdef, apiServerEndpoint: \"a:1\"}}", "JoinConfiguration.discovery.bootstrapToken.caCertHashes")]
    [InlineData("discovery: {file: {kubeConfigPath: /a}}\nnodeRegistration: {taints: [{key: a}]}", "JoinConfiguration.nodeRegistration.taints[0].effect")]
    public void What_kubeadm_needs_is_asked_for(string rest, string path)
    {
        MappingNode document = Documents.Tree("apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\n" + rest);
        Assert.Equal(path, Assert.Single(Documents.Problems(document)).Path);
        // Not in what only prepares.
        Assert.IsType<NodeConfigResult.Valid>(NodeConfigReader.Read([document, Documents.Spec("join: {mode: prepare}")]));
    }

    [Fact]
    public void What_user_data_gives_to_its_own_kubeadm_is_only_warned_of()
    {
        MappingNode document = Documents.Tree("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.34.1\nnew: 1");
        var valid = Assert.IsType<NodeConfigResult.Valid>(NodeConfigReader.Read([document], userDataJoins: true));
        Assert.Equal("config.unknown-field", Assert.Single(valid.Warnings).Code);
        Assert.False(valid.Joins);
        Assert.Equal("1.34.1", valid.Config.Kubernetes!.Version!.ToString());
        Assert.Empty(Supported.Problems(valid.Merged, valid.Joins));
        Assert.IsType<NodeConfigResult.Invalid>(NodeConfigReader.Read([document]));
        Assert.IsType<NodeConfigResult.Invalid>(NodeConfigReader.Read([document, Documents.Spec("join: {mode: join}")], userDataJoins: true));
    }

    [Theory]
    [InlineData("v1beta3", "{pod-infra-container-image: x}", "1.35.0", true)]
    [InlineData("v1beta4", "[{name: pod-infra-container-image, value: x}]", "1.36.2", true)]
    [InlineData("v1beta4", "[{name: pod-infra-container-image, value: x}]", "1.34.1", false)]
    public void A_flag_with_which_the_chosen_kubelet_would_not_start_is_refused(string version, string arguments, string kubernetes, bool refused)
    {
        MappingNode document = Documents.Tree(
            $"apiVersion: kubeadm.k8s.io/{version}\nkind: JoinConfiguration\ndiscovery: {{file: {{kubeConfigPath: /d}}}}\nnodeRegistration: {{kubeletExtraArgs: {arguments}}}");
        NodeConfigResult result = NodeConfigReader.Read([document, Documents.Spec($"kubernetes: {{version: {kubernetes}}}")]);
        Assert.Equal(refused ? ["config.conflict"] : [], (result as NodeConfigResult.Invalid)?.Problems.Select(p => p.Code) ?? []);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[a, null, {}]")]
    [InlineData("{}")]
    [InlineData("\"# nothing\"")]
    [InlineData("\"a\"")]
    [InlineData("[{apiVersion: kubelet.config.k8s.io/v1beta1, kind: KubeletConfiguration}]")]
    public void Documents_that_are_none_are_a_mistake(string documents) =>
        Assert.NotEmpty(Documents.Problems(Documents.Spec($"join: {{kubeadm: {{documents: {documents}}}}}")));

    [Fact]
    public void The_documents_of_a_control_plane_are_read_and_not_yet_done()
    {
        NodeConfigResult.Valid valid = Documents.Valid([.. YamlReader.Read(ControlPlane, "user-data").Documents]);
        Assert.Equal(("cp-1", "1.34.1"), (valid.Config.Node!.Name, valid.Config.Kubernetes!.Version!.ToString()));
        Assert.Equal(3, valid.Config.Join!.Kubeadm!.Documents!.Given.Count);
        Assert.Null(valid.Config.Kubelet);
        Assert.Equal("config.unsupported", Assert.Single(Supported.Problems(valid.Merged)).Code);
        Assert.Null(valid.Config.Join.Kubeadm.Target());
        string shown = ConfigPrinter.Text(valid.Merged) + ConfigPrinter.Json(valid.Merged);
        Assert.DoesNotContain("canary", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(Documents.CanaryKey, shown, StringComparison.Ordinal);
        Assert.Contains("taints: []  # user-data:24", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void A_version_given_beside_the_documents_wins_a_name_does_not()
    {
        NodeConfigResult.Valid valid = Documents.Valid([.. YamlReader.Read(ControlPlane, "user-data").Documents, Documents.Spec("kubernetes: {version: 1.35.0}\nnode: {name: other}")]);
        Assert.Equal(("cp-1", "1.35.0"), (valid.Config.Node!.Name, valid.Config.Kubernetes!.Version!.ToString()));
    }

    [Fact]
    public void Of_two_documents_of_one_kind_the_later_source_replaces_and_one_text_is_wrong()
    {
        MappingNode later = Documents.Tree("apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ndiscovery: {file: {kubeConfigPath: /d}, tlsBootstrapToken: canary.0123456789abcdef}", "later");
        NodeConfigResult.Valid valid = Documents.Valid(Documents.Tree(Worker), later);
        Assert.Equal(("config.ignored", "test.yaml"), (Assert.Single(valid.Warnings).Code, valid.Warnings[0].At.File));
        KubeadmJoin join = valid.Config.Join!.Kubeadm!.Documents!.ToJoin();
        Assert.Equal("/d", join.DiscoveryFile);
        Assert.NotNull(join.Token);
        Assert.Null(valid.Config.Node);
        Assert.Equal("config.duplicate-field", Assert.Single(Documents.Problems(Documents.Tree(Worker), Documents.Tree(Worker))).Code);
    }

    [Fact]
    public void A_KubeletConfiguration_alone_is_the_nodes_own_and_beside_a_join_too()
    {
        MappingNode kubelet = Documents.Tree("apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: 200\nserializeImagePulls: false", "kubelet.yaml");
        NodeConfigResult.Valid alone = Documents.Valid(kubelet, Documents.Spec("join: {mode: prepare}\nkubelet: {config: {maxPods: 50}}"));
        Assert.Equal(("50", "false"), (alone.Config.Kubelet!.Config!.TextAt("maxPods"), alone.Merged.TextAt("spec.kubelet.config.serializeImagePulls")));
        NodeConfigResult.Valid beside = Documents.Valid(kubelet, Documents.Tree(Worker), Documents.Spec("kubelet: {config: {maxPods: 50}}"));
        Assert.Single(beside.Config.Join!.Kubeadm!.Documents!.Given);
        Assert.Equal(("50", "false"), (beside.Config.Kubelet!.Config!.TextAt("maxPods"), beside.Config.Kubelet.Config!.TextAt("serializeImagePulls")));
    }

    [Fact]
    public void Saved_documents_keep_their_secrets_until_they_have_been_used()
    {
        MappingNode merged = Documents.Valid(Documents.Tree(Worker)).Merged;
        string saved = Encoding.UTF8.GetString(NodeConfigJson.Write(merged));
        Assert.Contains(Documents.CanaryToken, saved, StringComparison.Ordinal);
        Assert.Contains("\"taints\":null", saved, StringComparison.Ordinal);
        Assert.Equal(NodeConfigJson.Id(merged), Documents.Valid([.. NodeConfigJson.Read(saved, "config.json").Documents]).Id);
        string scrubbed = Encoding.UTF8.GetString(NodeConfigJson.WriteScrubbed(merged));
        Assert.DoesNotContain("canary", scrubbed, StringComparison.Ordinal);
        var valid = Assert.IsType<NodeConfigResult.Valid>(NodeConfigReader.Read(NodeConfigJson.Read(scrubbed, "config.json").Documents, saved: true));
        Assert.IsType<SecretRef.Scrubbed>(valid.Config.Join!.Kubeadm!.Target()!.Token);
    }

    [Fact]
    public void What_is_shown_can_be_given_again()
    {
        string text = ConfigPrinter.Text(Documents.Valid([.. YamlReader.Read(ControlPlane, "user-data").Documents]).Merged)
            .Replace("\"***\"", "{fromFile: /s}", StringComparison.Ordinal);
        Assert.Equal(3, Documents.Valid(Documents.Tree(text)).Config.Join!.Kubeadm!.Documents!.Given.Count);
    }

    [Fact]
    public void A_reference_to_the_documents_is_kept_for_their_use()
    {
        KubeadmDocuments documents = Documents.Valid(Documents.Spec("join: {kubeadm: {documents: {fromFile: /run/kubeadm.yaml}}}")).Config.Join!.Kubeadm!.Documents!;
        Assert.Equal("/run/kubeadm.yaml", Assert.IsType<SecretRef.FromFile>(documents.Reference).Path);
        Assert.NotNull(KubeadmDocuments.ReadAtUse(Worker, "worker-7").Join);
        foreach (string wrong in (string[])[ControlPlane, Worker.Replace("7", "8", StringComparison.Ordinal), Worker + "\nx: 1", $"{Worker}\n---\n{Worker}", "", "a: ["])
        {
            string said = Assert.Throws<Slipway.Reporting.FailureException>(() => KubeadmDocuments.ReadAtUse(wrong, "worker-7")).Message;
            Assert.DoesNotContain("canary", said, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_a_management_cluster_writes_is_found_in_user_data_and_left_to_its_own_commands()
    {
        string userData = "#cloud-config\nwrite_files:\n- path: /run/kubeadm/kubeadm.yaml\n  owner: root:root\n  permissions: '0640'\n  content: |\n" + Indented(ControlPlane, 4)
            + "- path: /run/cluster-api/placeholder\n  content: x\nruncmd:\n- 'kubeadm init --config /run/kubeadm/kubeadm.yaml  && echo success > /run/cluster-api/bootstrap-success.complete'\n";
        var found = Assert.IsType<UserDataResult.Found>(UserData.FindDocuments(userData, Documents.Origin));
        Assert.True(found.HasRuncmdJoin);
        var valid = Assert.IsType<NodeConfigResult.Valid>(NodeConfigReader.Read(found.Documents, found.HasRuncmdJoin));
        Assert.Empty(valid.Warnings);
        Assert.Empty(valid.Unsupported);
        Assert.Equal("1.34.1", valid.Config.Kubernetes!.Version!.ToString());
    }

    private static string Indented(string text, int columns) => string.Join('\n', text.Split('\n').Select(line => new string(' ', columns) + line)) + "\n";
}
