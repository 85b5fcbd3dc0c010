using System.Text;
using Slipway.Config;

namespace Slipway.Tests.Config;

/// <summary><c>write_files</c> and the commands of a cloud-config, as cloud-init takes them.</summary>
public sealed class CloudConfigTests
{
    private const string Doc = "apiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec: {}\n";

    [Theory]
    [InlineData("gz")]
    [InlineData("gzip")]
    [InlineData("gz+base64")]
    [InlineData("gzip+base64")]
    [InlineData("gz+b64")]
    [InlineData("GZIP+B64")]
    [InlineData("b64")]
    [InlineData("base64")]
    [InlineData("text/plain")]
    [InlineData("")]
    public void Every_encoding_of_cloud_init_is_read(string encoding)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Doc);
        string content = encoding switch
        {
            "" or "text/plain" => "|\n    " + Doc.Replace("\n", "\n    ", StringComparison.Ordinal),
            "gz" or "gzip" => "!!binary |\n    " + Convert.ToBase64String(Documents.Gzip(bytes)),
            _ => Convert.ToBase64String(encoding.StartsWith('b') ? bytes : Documents.Gzip(bytes)),
        };
        var found = Found($"#cloud-config\nwrite_files:\n- path: /x\n  encoding: {encoding}\n  content: {content}\n");
        Assert.Empty(found.Warnings);
        Assert.Single(found.Documents);
    }

    [Fact]
    public void A_binary_value_that_no_encoding_tells_of_is_the_text_it_stands_for()
    {
        var found = Found($"#cloud-config\nwrite_files:\n- path: /x\n  content: !!binary |\n    {Convert.ToBase64String(Encoding.UTF8.GetBytes(Doc))}\n");
        Assert.Empty(found.Warnings);
        Assert.Single(found.Documents);
    }

    [Fact]
    public void An_entry_that_appends_adds_to_what_an_earlier_one_wrote()
    {
        const string Text = """
            #cloud-config
            write_files:
            - path: /x
              content: |
                apiVersion: slipway.dev/v1alpha1
                kind: NodeConfig
            - path: /other
              content: hello
            - path: /x
              append: true
              content: |
                spec:
                  nod: {}
            """;
        Problem problem = Documents.Problems([.. Found(Text).Documents])[0];
        Assert.Equal("user-data (write_files[2] /x):13:7: spec.nod", problem.ToString().Split(": unknown")[0]);
    }

    [Fact]
    public void An_entry_that_does_not_append_writes_the_file_anew()
    {
        var found = Found($"#cloud-config\nwrite_files:\n- path: /x\n  content: |\n    {Indented("name: old")}\n- path: /x\n  content: |\n    {Indented("name: new")}\n");
        Assert.Equal(12, Assert.Single(found.Documents).At.Line);
    }

    [Theory]
    [InlineData("kubelet.config.k8s.io/v1", "CredentialProviderConfig", 0)]
    [InlineData("kubeproxy.config.k8s.io/v1alpha1", "KubeProxyConfiguration", 0)]
    [InlineData("kubeadm.k8s.io/v1beta4", "UpgradeConfiguration", 0)]
    [InlineData("kubeadm.k8s.io/v1beta4", "ResetConfiguration", 0)]
    [InlineData("scylla.scylladb.com/v1alpha1", "NodeConfig", 0)]
    [InlineData("config.openshift.io/v1", "NodeConfig", 0)]
    [InlineData("slipway.dv/v1alpha1", "NodeConfig", 1)]
    [InlineData("slipway.dev/v1alpha1", "NodeConfg", 1)]
    [InlineData("kubeadm.k8s.io/v1beta4", "JionConfiguration", 1)]
    [InlineData("kubelet.config.k8s.io/v1beta1", "KubeletConfig", 1)]
    public void A_file_of_another_kind_beside_a_node_config_is_only_a_file(string version, string kind, int more) => Assert.Equal(
        1 + more,
        Found($"#cloud-config\nwrite_files:\n- path: /etc/slipway/node.yaml\n  content: |\n    {Indented("ours")}\n- path: /etc/other.yaml\n  content: |\n    apiVersion: {version}\n    kind: {kind}\n    spec: {{}}\n")
            .Documents.Count);

    [Fact]
    public void Settings_of_kube_proxy_in_kubeadms_own_file_are_kubeadms() => Assert.Equal(2, Found(
        "#cloud-config\nwrite_files:\n- path: /x\n  content: |\n    apiVersion: kubeadm.k8s.io/v1beta4\n    kind: JoinConfiguration\n    ---\n    apiVersion: kubeproxy.config.k8s.io/v1alpha1\n    kind: KubeProxyConfiguration\n").Documents.Count);

    [Fact]
    public void Deferred_files_come_last() => Assert.Equal(
        ["user-data (write_files[1] /y, lines of its content)", "user-data (write_files[0] /x, lines of its content)"],
        Found("#cloud-config\nwrite_files:\n- {defer: true, path: /x, content: '{\"kind\": \"NodeConfig\"}'}\n- {path: /y, content: '{\"kind\": \"NodeConfig\"}'}\n")
            .Documents.Select(document => document.At.File));

    [Theory]
    [InlineData("", true)]
    [InlineData("permissions: '0644'", true)]
    [InlineData("permissions: 0644", true)]
    [InlineData("permissions: 0o644", true)]
    [InlineData("permissions: '0600'", false)]
    [InlineData("permissions: 0600", false)]
    [InlineData("permissions: '640'", false)]
    [InlineData("permissions: 0o600", false)]
    [InlineData("permissions: 384", false)]
    [InlineData("permissions: nonsense", true)]
    public void A_secret_that_everybody_may_read_is_a_warning(string permissions, bool warned)
    {
        string text = $"#cloud-config\nwrite_files:\n- path: /x\n  {permissions}\n  content: |\n    {Documents.Worker.Replace("\n", "\n    ", StringComparison.Ordinal)}\n";
        Problem? warning = Found(text).Warnings.FirstOrDefault(w => w.Code == "config.world-readable");
        Assert.Equal(warned, warning is not null);
        Assert.DoesNotContain("canary", warning?.ToString() ?? "", StringComparison.Ordinal);
        Assert.Empty(Found(text.Replace("token: canary.0123456789abcdef", "token: {fromFile: /run/x}", StringComparison.Ordinal)).Warnings);
    }

    [Fact]
    public void A_file_from_an_address_is_read_where_cloud_init_wrote_it_and_missed_where_not()
    {
        const string Text = "#cloud-config\nwrite_files:\n- path: /etc/slipway/node.yaml\n  source: {uri: 'https://example/x'}\n- path: /other\n  source: {uri: 'https://example/y'}\n";
        UserDataResult none = UserData.FindDocuments(Text, Documents.Origin);
        Assert.Equal("config.source-not-followed", Assert.Single(Assert.IsType<UserDataResult.NoDocuments>(none).Warnings).Code);
        var found = UserData.FindDocuments(Text, Documents.Origin, null, path => path == "/etc/slipway/node.yaml" ? Encoding.UTF8.GetBytes(Doc) : null);
        Assert.Equal("/etc/slipway/node.yaml", Assert.Single(Assert.IsType<UserDataResult.Found>(found).Documents).At.File);
    }

    [Theory]
    [InlineData("- kubeadm join --config /run/kubeadm/kubeadm-join-config.yaml && echo success", true)]
    [InlineData("- kubeadm join --config /run/kubeadm/kubeadm-join-config.yaml  && echo success > /run/cluster-api/bootstrap-success.complete", true)]
    [InlineData("- \"kubeadm init --config /run/kubeadm/kubeadm.yaml --v 5 && echo success\"", true)]
    [InlineData("- [kubeadm, init, --config, x]", true)]
    [InlineData("- [sh, -c, 'sleep 1; /usr/bin/kubeadm --v 5 join x']", true)]
    [InlineData("- sh -c \"cd /tmp && kubeadm join x\"", true)]
    [InlineData("- bash -xec 'true; bash -c \"kubeadm join\"'", true)]
    [InlineData("- KUBECONFIG=/x PATH=/usr/bin kubeadm join x", true)]
    [InlineData("- sudo env A=b kubeadm join x", true)]
    [InlineData("- timeout 60 kubeadm join x", true)]
    [InlineData("- mkdir /x || exit 1; (kubeadm join x)", true)]
    [InlineData("- if true; then kubeadm join x; fi", true)]
    [InlineData("- until kubeadm join x; do sleep 1; done", true)]
    [InlineData("- nodeadm init -c file://x", true)]
    [InlineData("- /usr/bin/nodeadm --development init", true)]
    [InlineData("- |\n    set -e\n    kubeadm \\\n      join x", true)]
    [InlineData("- kubeadm join phase preflight", true)]
    [InlineData("- [bash, /opt/join.sh]", true)]
    [InlineData("- /opt/join.sh --now", true)]
    [InlineData("- sudo -E /opt/join.sh", true)]
    [InlineData("- sh -c /opt/join.sh", true)]
    [InlineData("- bash <<EOF\n    kubeadm join\n    EOF", true)]
    [InlineData("- chmod +x /opt/join.sh", false)]
    [InlineData("- /opt/other.sh", false)]
    [InlineData("- cat <<EOF > /x\n    kubeadm join\n    EOF", false)]
    [InlineData("- |\n    cat > /x <<'EOF'\n    kubeadm join\n    EOF\n    true", false)]
    [InlineData("- |\n    cat > /x <<'EOF'\n    hello\n    EOF\n    kubeadm join", true)]
    [InlineData("- kubeadm token create --print-join-command", false)]
    [InlineData("- kubeadm config images pull", false)]
    [InlineData("- echo kubeadm join", false)]
    [InlineData("- echo 'run kubeadm join later' && true", false)]
    [InlineData("- grep -q 'kubeadm join' /x", false)]
    [InlineData("- command -v kubeadm init", false)]
    [InlineData("- nodeadm join", false)]
    [InlineData("- systemctl start x", false)]
    [InlineData("- true # kubeadm join", false)]
    [InlineData("- |\n    # kubeadm join\n    true", false)]
    public void A_join_in_runcmd_is_seen(string runcmd, bool joins)
    {
        const string Files = "write_files:\n- path: /opt/join.sh\n  content: |\n    #!/bin/bash\n    retry() { \"$@\"; }\n    retry kubeadm join --config /x\n- path: /opt/other.sh\n  content: |\n    #!/bin/bash\n    kubeadm version\n    /opt/other.sh\n";
        foreach (string key in (string[])["runcmd", "bootcmd"])
        {
            Assert.Equal(joins, UserData.FindDocuments($"#cloud-config\n{key}:\n  {runcmd}\n{Files}", Documents.Origin).HasRuncmdJoin);
        }
    }

    [Fact]
    public void A_script_of_an_earlier_part_is_known_to_the_commands_of_a_later_one()
    {
        const string Text = "#cloud-config-archive\n- |\n  #cloud-config\n  runcmd: [/opt/join]\n- |\n  #cloud-config\n  write_files:\n  - {path: /opt/join, encoding: b64, content: IyEvYmluL3NoCmt1YmVhZG0gam9pbgo=}\n";
        Assert.True(UserData.FindDocuments(Text, Documents.Origin).HasRuncmdJoin);
    }

    [Theory]
    [InlineData("runcmd: [echo hi]", "", false, true)]
    [InlineData("runcmd: [echo hi]", "Merge-Type: list(append)+dict(recurse_list)+str()\n", true, true)]
    [InlineData("runcmd: [echo hi]\nmerge_how: 'list(append)+dict(recurse_list)+str()'", "", true, true)]
    [InlineData("runcmd: [echo hi]\nmerge_how: [{name: list, settings: [append]}, {name: dict, settings: [recurse_list]}]", "", true, true)]
    [InlineData("runcmd: [echo hi]", "X-Merge-Type: dict(replace)+list()+str()\n", false, true)]
    [InlineData("packages: [x]", "", true, true)]
    [InlineData("runcmd: null", "", false, true)]
    [InlineData("write_files: []", "", true, false)]
    public void A_later_part_replaces_what_an_earlier_one_says_under_the_same_key_as_in_cloud_init(string later, string header, bool joins, bool found)
    {
        string text = $"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"b\"\n\n--b\nContent-Type: text/cloud-config\n\n#cloud-config\nruncmd: [kubeadm join x]\nwrite_files:\n- path: /x\n  content: |\n    {Indented("ours")}\n"
            + $"--b\nContent-Type: text/cloud-config\n{header}\n#cloud-config\n{later}\n--b--\n";
        UserDataResult result = UserData.FindDocuments(text, Documents.Origin);
        Assert.Equal(joins, result.HasRuncmdJoin);
        if (found)
        {
            Assert.Equal(header.Length > 0 || later.Contains("merge_how", StringComparison.Ordinal), Assert.IsType<UserDataResult.Found>(result).Warnings.Any(w => w.Code == "config.mime-odd"));
        }
        else
        {
            Assert.Contains("a later part", Assert.Single(Assert.IsType<UserDataResult.Malformed>(result).Problems).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Scripts_that_run_each_other_come_to_an_end() => Assert.False(UserData.FindDocuments(
        "#cloud-config\nwrite_files:\n- path: /a\n  content: |\n    #adm\n" + string.Concat(Enumerable.Repeat("    /a; /b\n", 1000))
        + "- path: /b\n  content: |\n    #adm\n" + string.Concat(Enumerable.Repeat("    /a; /b\n", 1000)) + "runcmd: [/a]\n", Documents.Origin).HasRuncmdJoin);

    private static string Indented(string comment) => $"# {comment}\n    " + Doc.TrimEnd().Replace("\n", "\n    ", StringComparison.Ordinal);

    private static UserDataResult.Found Found(string text)
    {
        UserDataResult result = UserData.FindDocuments(text, Documents.Origin);
        return result as UserDataResult.Found
            ?? throw new InvalidOperationException($"{result.GetType().Name} {string.Join('\n', (result as UserDataResult.Malformed)?.Problems ?? [])}");
    }
}
