import { publication } from "../../provider/codegen/publication";
import { version } from "../../provider/version";

const { homepage, license, packages, publisher, repository } = publication;

/** What Maven builds the Java SDK by, with all that Maven Central asks for. */
export function pomOf(dependencies: Readonly<Record<string, string>>): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>${packages.java}</groupId>
  <artifactId>cloudflare-kv</artifactId>
  <version>${version}</version>
  <name>pulumi-cloudflare-kv</name>
  <description>Namespaces, keys and whole data sets of Cloudflare Workers KV, as resources of Pulumi.</description>
  <url>${homepage}</url>
  <licenses>
    <license><name>${license}</name><url>${repository}/blob/main/LICENSE</url></license>
  </licenses>
  <developers>
    <developer><name>${publisher}</name><url>${repository}</url></developer>
  </developers>
  <scm><url>${repository}</url><connection>scm:git:${repository}.git</connection></scm>
  <properties>
    <maven.compiler.release>11</maven.compiler.release>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <dependencies>
${Object.entries(dependencies).map(dependency).join("\n")}
  </dependencies>
  <build>
    <plugins>
      <plugin>
        <groupId>org.apache.maven.plugins</groupId>
        <artifactId>maven-compiler-plugin</artifactId>
        <version>3.13.0</version>
      </plugin>
${plugin("maven-source-plugin", "3.3.1", "jar-no-fork")}
${plugin("maven-javadoc-plugin", "3.11.3", "jar", "<doclint>none</doclint><quiet>true</quiet>")}
    </plugins>
  </build>
  <profiles>
    <profile>
      <id>release</id>
      <build>
        <plugins>
${plugin("maven-gpg-plugin", "3.2.7", "sign")}
          <plugin>
            <groupId>org.sonatype.central</groupId>
            <artifactId>central-publishing-maven-plugin</artifactId>
            <version>0.8.0</version>
            <extensions>true</extensions>
            <configuration><publishingServerId>central</publishingServerId><autoPublish>true</autoPublish></configuration>
          </plugin>
        </plugins>
      </build>
    </profile>
  </profiles>
</project>
`;
}

function dependency([name, version]: [name: string, version: string]): string {
  const [group, artifact] = name.split(":");
  return `    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
}

function plugin(artifact: string, version: string, goal: string, configuration = ""): string {
  return `      <plugin>
        <groupId>org.apache.maven.plugins</groupId>
        <artifactId>${artifact}</artifactId>
        <version>${version}</version>
        <configuration>${configuration}</configuration>
        <executions><execution><goals><goal>${goal}</goal></goals></execution></executions>
      </plugin>`;
}
