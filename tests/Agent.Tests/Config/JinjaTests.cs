using System.Text;
using Slipway.Config;

namespace Slipway.Tests.Config;

/// <summary>Templates of user data: values of the metadata are rendered, and nothing else matters unless a document needs it.</summary>
public sealed class JinjaTests
{
    private static readonly InstanceData Instance = new()
    {
        InstanceId = "i-1",
        LocalHostname = "node-1",
        MetaData = Documents.Tree("local-hostname: md-1\nnetwork: {interfaces: [{mac: '0a'}]}\nplain: 7\nyes: true\nhidden: redacted for non-root user\n"),
        V1 = Documents.Tree("local_hostname: node-1\nregion: eu\ncloud-name: x\ninstance_id: i-1\n"),
    };

    [Theory]
    [InlineData("{{ ds.meta_data.hostname }}", "md-1")]
    [InlineData("{{ds.meta_data.local_hostname}}", "md-1")]
    [InlineData("{{ ds.meta_data[\"local-hostname\"] }}", "md-1")]
    [InlineData("{{ ds['meta_data']['local-hostname'] }}", "md-1")]
    [InlineData("{{ ds.meta_data.network.interfaces[0].mac }}", "0a")]
    [InlineData("{{ ds.meta_data.plain }}", "7")]
    [InlineData("{{ ds.meta_data.yes }}", "True")]
    [InlineData("{{ v1.region }}", "eu")]
    [InlineData("{{ v1.cloud_name }}", "x")]
    [InlineData("{{ local_hostname }}", "node-1")]
    [InlineData("{{ instance_id }}-{{ region }}", "i-1-eu")]
    [InlineData("a  {{- v1.region -}}  b", "aeub")]
    [InlineData("a{# a {{ comment }} #}b", "ab")]
    [InlineData("{ {region} }", "{ {region} }")]
    public void A_value_of_the_metadata_is_rendered(string text, string expected)
    {
        JinjaTemplate.Rendering rendering = JinjaTemplate.Render(text, Documents.Origin, Instance);
        Assert.Equal(expected, rendering.Text);
        Assert.Empty(rendering.Gaps);
    }

    [Theory]
    [InlineData("{{ v1.region | upper }}")]
    [InlineData("{{ nothing }}")]
    [InlineData("{{ ds.meta_data.local-hostname }}")]
    [InlineData("{{ ds.meta_data.network }}")]
    [InlineData("{{ ds.meta_data.hidden }}")]
    [InlineData("{{ ds.meta_data }}")]
    [InlineData("{{ ds.meta_data.network.interfaces[9].mac }}")]
    [InlineData("{{ v1['region' }}")]
    [InlineData("{{ \"text\" }}")]
    [InlineData("{{ }}")]
    [InlineData("{{ v1.region")]
    [InlineData("{% include 'x' %}")]
    [InlineData("{% if a %}{% endif %}")]
    [InlineData("{% if a %}")]
    public void Anything_else_is_a_gap(string text) => Assert.Single(JinjaTemplate.Render(text, Documents.Origin, Instance).Gaps);

    [Theory]
    [InlineData("{{ ds.meta_data.hostname }}", "node-1")]
    [InlineData("{{ v1.local_hostname }}", "node-1")]
    [InlineData("{{ local_hostname }}", "node-1")]
    [InlineData("{{ v1.instance_id }}", "i-1")]
    [InlineData("{{ ds.meta_data['instance-id'] }}", "i-1")]
    public void What_every_source_gives_is_there_without_cloud_inits_files(string text, string expected) =>
        Assert.Equal(expected, JinjaTemplate.Render(text, Documents.Origin, Instance with { V1 = null, MetaData = null }).Text);

    [Theory]
    [InlineData("{{ v1.local_hostname }}", "node-1")]
    [InlineData("{{ ds.meta_data.local_hostname }}", "node-1.lab.example")]
    public void A_full_name_is_a_short_one_in_cloud_inits_own_variables(string text, string expected) =>
        Assert.Equal(expected, JinjaTemplate.Render(text, Documents.Origin, Instance with { V1 = null, MetaData = null, LocalHostname = "node-1.lab.example" }).Text);

    // The user data of Cluster API's kubeadm provider.
    private const string Capi = """
        ## template: jinja
        #cloud-config

        write_files:
        -   path: /run/kubeadm/kubeadm-join-config.yaml
            owner: root:root
            permissions: '0640'
            content: |
              ---
              apiVersion: kubeadm.k8s.io/v1beta4
              discovery:
                bootstrapToken:
                  apiServerEndpoint: 10.0.0.10:6443
                  token: abcdef.0123456789abcdef
              kind: JoinConfiguration
              nodeRegistration:
                name: '{{ NAME }}'
        -   path: /run/cluster-api/placeholder
            owner: root:root
            permissions: '0640'
            content: "This placeholder file is used to create the /run/cluster-api sub directory in a way that is compatible with both Linux and Windows (mkdir -p /run/cluster-api does not work with Windows)"
        runcmd:
          - kubeadm join --config /run/kubeadm/kubeadm-join-config.yaml  && echo success > /run/cluster-api/bootstrap-success.complete
          - echo {{ anything | at_all }}
        """;

    [Theory]
    [InlineData("ds.meta_data.hostname")]
    [InlineData("local_hostname")]
    [InlineData("v1.local_hostname")]
    [InlineData("ds.meta_data[\"local_hostname\"]")]
    public void What_Cluster_API_writes_is_read(string name)
    {
        var found = Assert.IsType<UserDataResult.Found>(UserData.FindDocuments(Capi.Replace("NAME", name, StringComparison.Ordinal), Documents.Origin, Instance with { MetaData = null }));
        var document = (MappingNode)Assert.Single(found.Documents);
        Assert.Equal(DocumentKind.Kubeadm, DocumentKinds.Of(document));
        var node = (ScalarNode)((MappingNode)document.Find("nodeRegistration")!).Find("name")!;
        Assert.Equal("node-1", node.Raw);
        Assert.Equal("user-data (write_files[0] /run/kubeadm/kubeadm-join-config.yaml):17:15", node.At.ToString());
        Assert.True(found.HasRuncmdJoin);
        Assert.Empty(found.Warnings);
    }

    [Fact]
    public void An_expression_that_a_document_needs_is_an_error_with_its_place()
    {
        var wrong = Assert.IsType<UserDataResult.Malformed>(UserData.FindDocuments(Capi.Replace("NAME", "v1.region | upper", StringComparison.Ordinal), Documents.Origin, Instance));
        Problem problem = wrong.Problems[0];
        Assert.Equal("config.template-unsupported", problem.Code);
        Assert.Equal((17, 16), (problem.At.Line, problem.At.Column));
        Assert.Contains("{{ v1.region | upper }}", problem.Message, StringComparison.Ordinal);
        Assert.Contains("ds.meta_data.KEY", problem.Expected, StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_that_cloud_init_rendered_is_read_instead()
    {
        const string Path = "/run/kubeadm/kubeadm-join-config.yaml";
        var found = Assert.IsType<UserDataResult.Found>(UserData.FindDocuments(
            Capi.Replace("NAME", "v1.region | upper", StringComparison.Ordinal), Documents.Origin, Instance,
            path => path == Path ? Encoding.UTF8.GetBytes("apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\nnodeRegistration: {name: EU}\n") : null));
        Assert.Equal($"{Path}:1:1", Assert.Single(found.Documents).At.ToString());
    }

    [Theory]
    [InlineData("{% if v1.region == 'eu' %}\n- path: /a\n  content: hello\n{% endif %}\nDOC", true)]
    [InlineData("DOC{% if x %}\n- {path: /b, content: x}\n{% endif %}\n", true)]
    [InlineData("{% if x %}\nDOC{% endif %}\n", false)]
    [InlineData("- path: /a\n  content: |\n    {{ nothing }}\n{% for a in b %}\n    {{ a }}\n{% endfor %}\nDOC", true)]
    [InlineData("DOC    # {{ nothing }}\n", true)]
    [InlineData("DOC    #{% if x %}\n", false)]
    [InlineData("DOC    status: {{ nothing }}\n", false)]
    [InlineData("DOC    {{ nothing }}: 1\n", false)]
    public void Statements_and_expressions_count_where_they_touch_a_document(string files, bool found)
    {
        const string Doc = "- path: /x\n  content: |\n    apiVersion: slipway.dev/v1alpha1\n    kind: NodeConfig\n";
        string text = "## template: jinja\n#cloud-config\nwrite_files:\n" + files.Replace("DOC", Doc, StringComparison.Ordinal);
        UserDataResult result = UserData.FindDocuments(text, Documents.Origin, Instance);
        Assert.Equal(found, result is UserDataResult.Found);
        if (!found)
        {
            Assert.Contains(Assert.IsType<UserDataResult.Malformed>(result).Problems, p => p.Code == "config.template-unsupported");
        }
    }

    [Fact]
    public void Lines_stay_those_of_the_user_data_when_lines_come_and_go()
    {
        string text = "## template: jinja\n#cloud-config\n{# a\nb #}\n{% set x = 1 %}\nkey: '{{ ds.meta_data.two }}'\n{# gone -#}\n\n\nwrite_files:\n- path: /x\n  content: |\n    apiVersion: slipway.dev/v1alpha1\n    kind: NodeConfig\n{# gone #}\n    nod: {}\n";
        var instance = new InstanceData { MetaData = Documents.Tree("two: \"1\\n\\n 2\"\n") };
        var found = Assert.IsType<UserDataResult.Found>(UserData.FindDocuments(text, Documents.Origin, instance));
        Assert.Equal("user-data (write_files[0] /x):16:5", Documents.Problems([.. found.Documents])[0].At.ToString());
    }

    [Fact]
    public void A_NodeConfig_can_be_a_template_as_a_whole()
    {
        const string Text = "## template: jinja\napiVersion: slipway.dev/v1alpha1\nkind: NodeConfig\nspec: {node: {name: '{{ V }}'}}\n";
        Assert.IsType<UserDataResult.Found>(UserData.FindDocuments(Text.Replace("V", "region", StringComparison.Ordinal), Documents.Origin, Instance));
        Assert.Equal("user-data:4:22", Assert.IsType<UserDataResult.Malformed>(UserData.FindDocuments(Text, Documents.Origin, Instance)).Problems[0].At.ToString());
    }

    [Fact]
    public void Without_the_header_braces_are_just_braces()
    {
        string text = Capi.Replace("## template: jinja\n", "", StringComparison.Ordinal);
        var found = Assert.IsType<UserDataResult.Found>(UserData.FindDocuments(text, Documents.Origin, Instance));
        Assert.Equal("{{ NAME }}", ((ScalarNode)((MappingNode)((MappingNode)found.Documents[0]).Find("nodeRegistration")!).Find("name")!).Raw);
    }

    [Fact]
    public void A_template_that_is_for_others_and_cannot_be_read_here_is_no_error() =>
        Assert.IsType<UserDataResult.NoDocuments>(UserData.FindDocuments("## template: jinja\n#cloud-config\na: [{{ x }}\n{% endfor %}\n", Documents.Origin, Instance));
}
