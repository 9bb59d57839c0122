using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Flms.Lab.Tests.Scenarios;

/// <summary>Checks a YAML file against a JSON Schema: the part of draft 2020-12 that the scenario schema
/// uses.</summary>
internal sealed class SchemaCheck(JsonNode schema)
{
    /// <summary>What does not fit; null if everything does.</summary>
    public string? Check(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return Fits(schema, Json(stream.Documents[0].RootNode), "$");
    }

    private static JsonNode? Json(YamlNode node) => node switch
    {
        YamlMappingNode m => new JsonObject(m.Children.Select(c =>
            KeyValuePair.Create(((YamlScalarNode)c.Key).Value!, Json(c.Value)))),
        YamlSequenceNode s => new JsonArray([.. s.Children.Select(Json)]),
        YamlScalarNode { Style: not ScalarStyle.Plain } s => s.Value,
        YamlScalarNode { Value: "" or "null" or "~" } => null,
        YamlScalarNode { Value: "true" or "false" } s => s.Value == "true",
        YamlScalarNode s when int.TryParse(s.Value, CultureInfo.InvariantCulture, out var i) => i,
        YamlScalarNode s when double.TryParse(s.Value, CultureInfo.InvariantCulture, out var d) => d,
        YamlScalarNode s => s.Value,
        _ => throw new NotSupportedException(node.ToString()),
    };

    private string? Fits(JsonNode rule, JsonNode? value, string at)
    {
        foreach (var (keyword, argument) in rule.AsObject())
            if (Fits(keyword, argument!, rule, value, at) is { } wrong) return wrong;
        return null;
    }

    private string? Fits(string keyword, JsonNode argument, JsonNode rule, JsonNode? value, string at) => keyword switch
    {
        "$schema" or "title" or "description" or "$defs" => null,
        "$ref" => Fits(schema["$defs"]![argument.GetValue<string>().Split('/')[^1]]!, value, at),
        "type" => Says(argument is JsonArray many ? many.Any(t => IsType(t!, value)) : IsType(argument, value), at,
            argument),
        "enum" => Says(argument.AsArray().Any(e => JsonNode.DeepEquals(e, value)), at, argument),
        "const" => Says(JsonNode.DeepEquals(argument, value), at, argument),
        "pattern" => Says(Regex.IsMatch(value!.GetValue<string>(), argument.GetValue<string>()), at, argument),
        "minimum" => Says(value!.GetValue<int>() >= argument.GetValue<int>(), at, argument),
        "maximum" => Says(value!.GetValue<int>() <= argument.GetValue<int>(), at, argument),
        "minItems" => Says(value!.AsArray().Count >= argument.GetValue<int>(), at, argument),
        "minProperties" => Says(value!.AsObject().Count >= argument.GetValue<int>(), at, argument),
        "maxProperties" => Says(value!.AsObject().Count <= argument.GetValue<int>(), at, argument),
        "items" => First(value!.AsArray().Select((v, i) => Fits(argument, v, $"{at}[{i}]"))),
        "anyOf" => AnyOf(argument.AsArray(), value, at),
        "required" => Says(argument.AsArray().All(r => value!.AsObject().ContainsKey(r!.GetValue<string>())), at,
            argument),
        "properties" => First(value!.AsObject().Where(p => argument[p.Key] != null)
            .Select(p => Fits(argument[p.Key]!, p.Value, $"{at}.{p.Key}"))),
        "additionalProperties" => First(value!.AsObject().Where(p => rule["properties"]![p.Key] == null)
            .Select(p => $"{at}: unknown key {p.Key}")),
        _ => throw new NotSupportedException($"the check does not know the keyword {keyword}"),
    };

    private string? AnyOf(JsonArray forms, JsonNode? value, string at)
    {
        var wrongs = forms.Select(f => Fits(f!, value, at)).ToList();
        return wrongs.Contains(null) ? null : string.Join(" and ", wrongs);
    }

    private static string? First(IEnumerable<string?> wrongs) => wrongs.FirstOrDefault(w => w != null);

    private static string? Says(bool fits, string at, JsonNode rule) =>
        fits ? null : $"{at}: not {rule.ToJsonString()}";

    private static bool IsType(JsonNode type, JsonNode? value) => type.GetValue<string>() switch
    {
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "null" => value == null,
        "string" => value?.GetValueKind() == System.Text.Json.JsonValueKind.String,
        "integer" => value is JsonValue v && v.TryGetValue<int>(out _),
        "number" => value?.GetValueKind() == System.Text.Json.JsonValueKind.Number,
        "boolean" =>
            value?.GetValueKind() is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False,
        _ => throw new NotSupportedException(type.ToJsonString()),
    };
}
