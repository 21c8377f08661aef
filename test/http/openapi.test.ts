import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { openApiDocument, refusalsOf } from '../../src/http/openapi.ts';
import { routes } from '../../src/http/routes.ts';
import { ajvOf, type OpenApi, type Operation, operationsOf } from './openapi-document.ts';

const document = openApiDocument(routes, { version: '1.2.3', publicUrl: '' }) as OpenApi;
const operations = operationsOf(document);

/** What this project relies on in an OpenAPI 3.1 document; other keys are free. */
const shape = {
  type: 'object',
  required: ['openapi', 'info', 'paths', 'components'],
  properties: {
    openapi: { const: '3.1.0' },
    info: {
      type: 'object',
      required: ['title', 'version', 'description'],
      properties: { version: { const: '1.2.3' } },
    },
    paths: {
      type: 'object',
      patternProperties: {
        '^/': {
          type: 'object',
          propertyNames: { enum: ['get', 'post', 'put', 'delete'] },
          additionalProperties: {
            type: 'object',
            required: ['operationId', 'summary', 'description', 'tags', 'responses'],
            properties: {
              operationId: { type: 'string', pattern: '^[a-z][A-Za-z]+$' },
              summary: { type: 'string', pattern: '\\p{Script=Han}' },
              tags: { type: 'array', minItems: 1 },
              parameters: {
                type: 'array',
                items: {
                  type: 'object',
                  required: ['name', 'in', 'schema'],
                  properties: { in: { enum: ['path', 'query', 'header'] } },
                },
              },
              requestBody: { type: 'object', required: ['content'] },
              responses: {
                type: 'object',
                minProperties: 2,
                propertyNames: { pattern: '^[2-5]\\d\\d$' },
                additionalProperties: {
                  type: 'object',
                  required: ['description'],
                  properties: { description: { type: 'string', pattern: '\\p{Script=Han}' } },
                },
              },
            },
          },
        },
      },
      additionalProperties: false,
    },
    components: { type: 'object', required: ['schemas', 'securitySchemes'] },
  },
};

describe('the OpenAPI document', () => {
  it('has the structure of OpenAPI 3.1', () => {
    const validate = new Ajv2020({ strict: false, allErrors: true, unicodeRegExp: true }).compile(shape);
    validate(document);
    expect(validate.errors ?? []).to.deep.equal([]);
  });

  it('has every route of the table once', () => {
    expect(operations.map(({ operationId }) => operationId).sort()).to.deep.equal(
      routes.map(({ operationId }) => operationId).sort(),
    );
  });

  it('points to nothing that is not there', () => {
    const references: string[] = [];
    JSON.stringify(document, (key, value) => {
      if (key === '$ref') references.push(value as string);
      return value;
    });
    expect(references.length).to.be.greaterThan(50);
    for (const reference of references) {
      const found = reference
        .replace(/^#\//, '')
        .split('/')
        // biome-ignore lint/suspicious/noExplicitAny: walks the document
        .reduce<any>((node, key) => node?.[key], document);
      expect(found, reference).to.be.an('object');
    }
  });

  it('has schemas that a validator accepts', () => {
    const ajv = ajvOf(document);
    for (const operation of operations) {
      for (const schema of schemasOf(operation))
        expect(() => ajv.compile(schema), operation.operationId).not.to.throw();
    }
  });

  it('documents every refusal as a problem', () => {
    for (const route of routes) {
      const operation = operations.find(({ operationId }) => operationId === route.operationId)!;
      for (const status of refusalsOf(route)) {
        expect(
          Object.keys(operation.responses[String(status)]?.content ?? {}),
          `${route.operationId} ${status}`,
        ).to.deep.equal(['application/problem+json']);
      }
    }
  });

  it('names numbers, limits and codes of the forms', () => {
    const create = operations.find(({ operationId }) => operationId === 'createNeed')!;
    const schema = JSON.stringify(create.requestBody?.content['application/json']?.schema);
    for (const part of ['"maxLength":500', '"maximum":10000000', 'enum', '所需的关键技术', '需求起始年']) {
      expect(schema.includes(part) || JSON.stringify(document.components).includes(part), part).to.equal(true);
    }
    const list = operations.find(({ operationId }) => operationId === 'listNeeds')!;
    const limit = list.parameters?.find(({ name }) => name === 'limit')?.schema;
    expect(limit).to.include({ type: 'integer', minimum: 1, maximum: 100 });
  });

  it('shows no answer that has a password hash or a session epoch', () => {
    for (const { operationId, responses } of operations) {
      const text = JSON.stringify(resolveAll(responses));
      for (const secret of ['passwordHash', 'sessionEpoch', 'failures']) {
        expect(text.includes(secret), `${operationId} ${secret}`).to.equal(false);
      }
    }
  });

  it('shows no list that has a contact', () => {
    const lists = operations.filter(({ operationId }) => /^(list|search|suggest)/.test(operationId));
    expect(lists.length).to.be.greaterThan(6);
    for (const { operationId, responses } of lists) {
      const text = JSON.stringify(resolveAll(responses['200']));
      for (const secret of ['"contact"', '"phone"', '"mobile"', '"email"']) {
        expect(text.includes(secret), `${operationId} ${secret}`).to.equal(false);
      }
    }
  });

  /** With every reference replaced by what it points to. */
  function resolveAll(node: unknown): unknown {
    if (Array.isArray(node)) return node.map(resolveAll);
    if (typeof node !== 'object' || node === null) return node;
    const { $ref } = node as { $ref?: string };
    if ($ref) return resolveAll(document.components.schemas[$ref.split('/').at(-1)!]);
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, resolveAll(value)]));
  }
});

function schemasOf(operation: Operation): object[] {
  const contents = [
    operation.requestBody?.content,
    ...Object.values(operation.responses).map(({ content }) => content),
  ];
  return [
    ...(operation.parameters ?? []).map(({ schema }) => schema),
    ...contents.flatMap((content) => Object.values(content ?? {}).map(({ schema }) => schema)),
  ];
}
